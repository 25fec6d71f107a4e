"""What stands right of a row: its output, and its size where that is not the one on the left."""

from __future__ import annotations

from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Operation
from unetgen.emit.figure.measures import size_text
from unetgen.emit.figure.pen import TEXT, Pen
from unetgen.plan.graph import Plan

BESIDE = 4.0
"""From a row to its size or its output."""


def beside(network: DrawnU, row: LevelRow, short: bool) -> list[str]:
    """The lines of text right of `row`."""
    texts = []
    if row.level in network.heads and network.last(row.level) is row:
        head = network.heads[row.level]
        texts += output(network.plan, head)
        if head.spec.spatial != row.spec.spatial:
            return [*texts, size_text(head.spec.spatial, short)]
    if network.shrinks and row.side == "decoder":
        texts.append(size_text(row.spec.spatial, short))
    return texts


def output(plan: Plan, head: Operation) -> list[str]:
    """Which of several outputs a head is, if it is one."""
    names = {node.name for node in head.nodes}
    labels = [f"output {index}" for index, name in enumerate(plan.outputs) if name in names]
    return labels if len(plan.outputs) > 1 else []


def stacked(pen: Pen, texts: list[str], at: tuple[float, float]) -> None:
    """Lines of text right of `at`, centred on its height."""
    pitch = TEXT + 1.5
    y = at[1] - pitch * (len(texts) - 1) / 2
    for text in texts:
        pen.text_mid((at[0], y), text, anchor="start", role="size")
        y += pitch
