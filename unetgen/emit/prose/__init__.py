"""A network in sentences, and the sources to cite: what a methods section and a model card say."""
