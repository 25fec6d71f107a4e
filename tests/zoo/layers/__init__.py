"""Published networks in words, each written down from its paper and the source that its config names."""
