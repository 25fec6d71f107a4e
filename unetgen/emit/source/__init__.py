"""A network as the source of a program that a person would have written: Keras or PyTorch, one file alone."""
