"""A data set: which files it has, what is wrong with them, and how an image becomes what a network takes."""
