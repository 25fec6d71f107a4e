"""Plain text for people: the levels, the layers, the totals, and the tables they stand in."""
