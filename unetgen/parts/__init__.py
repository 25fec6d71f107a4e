"""The parts a config can name: one file a kind, its config model and its lowering together."""
