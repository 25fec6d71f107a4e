"""The language of run files: a model, its data, how it is trained."""
