"""What several fields of a config must satisfy together."""
