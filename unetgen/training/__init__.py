"""Training a model on images, and all that is kept of it."""
