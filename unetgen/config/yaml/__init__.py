"""Strict YAML: plain data with a place for every entry, and nothing but data."""
