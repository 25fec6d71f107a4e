"""What the file with pictures of a trained point's cases holds: for who writes it, and for who shows it."""

SCHEMA_VERSION = 1
SIDE = 128
"""Pixels of a picture's longer side at most; smaller ones stay as they are."""
NAMED = 24
"""Classes that a legend has at most."""
