"""A network for a paper: LaTeX that an author puts into a methods section."""
