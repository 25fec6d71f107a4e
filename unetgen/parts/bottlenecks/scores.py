"""How many scores the attentions of all positions may have."""

from __future__ import annotations

from unetgen.errors import Wrong
from unetgen.plan.graph import Node

MOST_SCORE_BYTES = 2**30
"""A gibibyte of scores for one sample in float32; training holds them twice at least."""


def require_that_scores_fit(elements: int, x: Node, heads: int | None = None) -> None:
    """Raise `Wrong` where so many scores of the positions of `x`, at so many heads, take too much memory."""
    size = 4 * elements
    if size > MOST_SCORE_BYTES:
        at = "" if heads is None else f" at {heads} heads"
        raise Wrong.of(
            f"the scores of {x.spec.positions:,} positions{at} would take {size:,} "
            f"bytes for one sample in float32; the limit is {MOST_SCORE_BYTES:,}",
            hint="use a larger depth or a smaller input" + (", or fewer heads" if (heads or 1) > 1 else ""),
            path=("bottleneck",),
        )
