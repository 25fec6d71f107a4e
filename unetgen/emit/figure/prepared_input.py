"""The legend's line for what a network does to the channels of its input."""

from __future__ import annotations

from unetgen.emit.figure import legend
from unetgen.plan.graph import Plan
from unetgen.plan.ops import SelectChannels, Standardize


def entry(plan: Plan) -> list[legend.Entry]:
    """One line, or none where the input is taken as it is."""
    said = [text for node in plan.nodes if (text := _words(node.op))]
    return [legend.box("input", ", ".join(["input", *said]))] if said else []


def _words(op: object) -> str:
    if isinstance(op, SelectChannels):
        is_one = len(set(op.channels)) == 1
        return f"its channel {len(op.channels)} times" if is_one else "channels reversed"
    return "standardized" if isinstance(op, Standardize) else ""
