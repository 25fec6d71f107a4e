"""What is told of a sweep: in a few lines at its end, and as one HTML page."""
