"""Completion for shells: scripts made from the commands' parsers and the schemas of configs and run files.

All that a script offers stands in it, so that a key press starts no Python.
"""
