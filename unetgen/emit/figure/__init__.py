"""The figure of a plan, for papers: layout into a display list, and small writers behind it."""
