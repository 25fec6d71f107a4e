"""The graph of a plan as text for programs that lay it out: Mermaid, Graphviz."""
