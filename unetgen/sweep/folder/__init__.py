"""The folder of a sweep: its files, who writes them, and what ran in it."""
