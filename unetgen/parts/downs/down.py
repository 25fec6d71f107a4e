"""What all downs share: the factor, and the check that nothing is dropped unseen."""

from __future__ import annotations

from unetgen.parts.part import Part
from unetgen.parts.recipe import Fit
from unetgen.parts.values import Spatial
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class Down(Part):
    """The base of the downs."""

    size: Spatial = 2
    """Factor: a number, one per axis, or one such list per step from a level to the next."""


def require_whole(b: Builder, x: Node, taken: Axes, strides: Axes, fit: Fit) -> None:
    """Note every axis on which a down would drop positions, unless the `resize` policy handles them.

    `taken` is how many positions the first window takes: what is left of it must divide by the stride.
    """
    if fit in ("resize_to_skip", "centre_crop"):
        return
    for axis, (size, first, stride) in enumerate(zip(x.spec.spatial, taken, strides, strict=True)):
        if (size - first) % stride:
            b.fail(axis, f"a size of {size} does not divide by {stride}")
