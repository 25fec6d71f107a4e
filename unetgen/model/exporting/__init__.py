"""A trained model in the formats of other runtimes: one file a format, each written and then run."""
