"""The free axes of an input in words: which, with which sizes, and what that costs."""

from __future__ import annotations

from unetgen.config.design import Design

ORDINALS = ("first", "second", "third")


def free_axes_text(design: Design) -> str:
    """``; any size on the first axis (multiples of 8)``, one after the other; empty where no axis is free."""
    legal = design.legal_sizes
    if len({str(each) for each in legal.values()}) == 1 and len(legal) == design.config.dims:
        return f"; takes {_words(str(next(iter(legal.values()))))} on every axis{_attention(design)}"
    parts = [f"{_words(str(each))} on the {ORDINALS[axis]} axis" for axis, each in legal.items()]
    return f"; takes {', '.join(parts)}{_attention(design)}" if parts else ""


def _words(legal: str) -> str:
    return legal if legal.startswith(("any", "multiples")) else f"sizes {legal}"


def _attention(design: Design) -> str:
    """What grows with the square of the positions."""
    from unetgen.plan.ops import PositionAttention, SelfAttention

    if not any(isinstance(node.op, SelfAttention | PositionAttention) for node in design.plan.nodes):
        return ""
    return "; its attention takes memory by the square of the positions at the bottom"
