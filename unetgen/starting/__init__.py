"""A first config: what a person answers to a few questions, as a commented file that is valid."""
