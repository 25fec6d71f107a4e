"""Keras: the one table from ops to layers, and the live model that is constructed from it."""
