"""What stands right of a row: its loss, and its size where the network shrinks its input."""

from __future__ import annotations

from unetgen.emit.figure.content import Content, Row
from unetgen.emit.figure.measures import size_text
from unetgen.emit.figure.pen import TEXT, Pen

BESIDE = 4.0
"""From a row to its size or its loss."""


def beside(content: Content, row: Row, short: bool) -> list[str]:
    """The lines of text right of `row`."""
    texts = []
    if row.level in content.heads and len(content.heads) > 1 and content.last(row.level) is row:
        texts.append(f"loss {list(content.heads).index(row.level)}")
    if content.shrinks and row.side == "decoder":
        texts.append(size_text(row.spec.spatial, short))
    return texts


def stacked(pen: Pen, texts: list[str], at: tuple[float, float]) -> None:
    """Lines of text right of `at`, centred on its height."""
    pitch = TEXT + 1.5
    y = at[1] - pitch * (len(texts) - 1) / 2
    for text in texts:
        pen.text_mid((at[0], y), text, anchor="start", role="size")
        y += pitch
