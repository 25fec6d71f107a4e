"""What the benchmark of trainings compares: one training by a run file, by hand in Keras, and in MONAI."""
