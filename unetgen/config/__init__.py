"""From a YAML file to a checked config and its plan."""
