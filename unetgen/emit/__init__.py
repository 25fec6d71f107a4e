"""Emitters: pure functions of a plan. They see nothing of the config."""
