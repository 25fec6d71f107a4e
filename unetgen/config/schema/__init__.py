"""What the config language says of itself: the reference page and the JSON Schema."""
