"""The points of a sweep before launch: its space, each config checked and costed, the budget."""
