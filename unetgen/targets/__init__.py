"""What a target of the training data has to be, and what is wrong with one that is not: NumPy alone."""
