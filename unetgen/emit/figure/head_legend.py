"""What a legend says of the heads: one line for all, or one a sort where they differ."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.emit.figure import fonts, legend
from unetgen.emit.figure.beside import output
from unetgen.emit.figure.drawn_u import Operation
from unetgen.emit.figure.legend_words import block_words, fuse_words, word
from unetgen.emit.figure.pen import TEXT
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation

LONGEST = 60.0
"""Widest name of an output, in points."""
Head = tuple[str, int, Operation]
"""The further task that it is of, the level that it stands at, and its nodes."""
Sort = tuple[tuple[str, ...], bool, int]
"""Activations, whether it is of the whole image, and channels."""


def head_entries(plan: Plan, heads: Sequence[Head]) -> list[legend.Entry]:
    """What the heads do; those that differ in activation or channels are told apart by their names."""
    sorts: dict[Sort, list[Head]] = {}
    for head in heads:
        sorts.setdefault(_sort(head[2]), []).append(head)
    if len(sorts) == 1:
        return [legend.arrow("head", _words(heads))]
    return [
        legend.arrow("head", f"{_names(plan, same)}: {_words(same)}, {_channels(channels)}")
        for (*_, channels), same in sorts.items()
    ]


def fuse_entry(plan: Plan, fuse: Operation) -> legend.Entry:
    """What makes one output of all heads, and which one where there are several."""
    return legend.box("head", ": ".join([*output(plan, fuse), fuse_words(fuse)]))


def _sort(head: Operation) -> Sort:
    activations = tuple(word(node.op).text for node in head.nodes if isinstance(node.op, Activation))
    return activations, head.spec.dims == 0, head.spec.channels


def _words(heads: Sequence[Head]) -> str:
    return block_words([(("", level), head.nodes) for _, level, head in heads])


def _names(plan: Plan, heads: Sequence[Head]) -> str:
    names = [name for task, _, head in heads for name in ([task] if task else output(plan, head))]
    return ", ".join(fonts.cut(name, TEXT, LONGEST) for name in names) or "head"


def _channels(count: int) -> str:
    return f"{count} channel{'s' if count > 1 else ''}"
