"""Where the documentation is for whoever has only installed the package."""

SITE = "https://unetgen.github.io/unetgen/"
"""mkdocs.yml says the same."""
