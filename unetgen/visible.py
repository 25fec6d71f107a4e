"""Text of others on a terminal: what would move its cursor or turn its reading order is written out."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""`text` with line feeds as they are, and every other character that no terminal shows as its code.

    Such are control characters, among them those that begin a terminal's commands; marks that reverse the
    order of what follows (U+202E and its like, Unicode's Technical Report 36); and bytes that are not text.

    >>> print(visible("\x1b[2J cleared,\u202e reversed\nand more"))
    \x1b[2J cleared,\u202e reversed
    and more
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char if char == "\n" or char.isprintable() else _written_out(char) for char in text)


def _written_out(char: str) -> str:
    """As it is where it is a space of another width, else as Python writes it in a string."""
    return char if char.isspace() and ord(char) >= _SPACES_FROM and char not in _BREAKS else repr(char)[1:-1]


_SPACES_FROM = 0xA0
_BREAKS = "\u2028\u2029"
