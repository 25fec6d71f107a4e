"""What a plan costs and sees, computed without TensorFlow."""
