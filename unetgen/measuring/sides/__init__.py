"""What a side becomes in its process: one file for each framework, which is imported there alone."""
