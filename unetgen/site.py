"""Where the documentation is for whoever has only installed the package, and pages that answer an error."""

SITE = "https://unetgen.github.io/unetgen/"
"""mkdocs.yml says the same."""
FREEZING = "howto/freezing.html"
IGNORE_LABELS = "howto/ignore_labels.html"
INTEGER_MASKS = "howto/integer_masks.html"
MEMORY = "howto/memory.html"
ODD_SIZES = "howto/odd_sizes.html"
