"""Weights of one trained network in another: other classes, channels, sizes, levels."""
