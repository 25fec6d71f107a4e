"""Whole images through a network: tiles, what is done before and after, and how good the result is."""
