"""Weights of other networks: files of tensors read without running anything, and which layer each is of."""
