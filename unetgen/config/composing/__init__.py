"""Putting a config together: defaults lists, overrides, references."""
