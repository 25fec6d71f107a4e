"""The live model: build, save, load, check, optimize, export, and batches that fit it."""
