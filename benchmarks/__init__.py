"""Benchmarks: ratios of two things measured in one run, since seconds do not travel between machines."""
