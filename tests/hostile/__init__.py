"""Hostile input: every file here must be refused, with exactly the messages that stand beside it."""
