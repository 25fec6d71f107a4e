"""Which layers of a network `fit.frozen` names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from unetgen.plan.graph import Plan
from unetgen.plan.place import Side

SIDES: Mapping[str, frozenset[Side]] = {
    "encoder": frozenset({"encoder"}),
    "decoder": frozenset({"decoder", "nested"}),
}
"""What a word stands for; the heads belong to neither."""
Frozen = str | tuple[str, ...]
"""A word of `SIDES`, or patterns with shell wildcards for layers' names."""


def layers_with_weights(plan: Plan) -> list[str]:
    """The names of the layers that can be frozen, in order."""
    return [node.name for node in plan.nodes if plan.weights(node)]


def matching(pattern: str, plan: Plan) -> list[str]:
    """The layers with weights whose names match; capitals count."""
    return [name for name in layers_with_weights(plan) if fnmatchcase(name, pattern)]


def frozen_layers(frozen: Frozen | None, plan: Plan) -> frozenset[str]:
    """The layers with weights that `frozen` names.

    >>> import unetgen
    >>> plan = unetgen.plan(unetgen.load("unet3d_depth2"))
    >>> sorted(frozen_layers(("head*", "decoder_*_conv2"), plan))
    ['decoder_level0_conv2', 'head']
    """
    if frozen is None:
        return frozenset()
    if isinstance(frozen, str):
        sides = SIDES[frozen]
        return frozenset(node.name for node in plan.nodes if node.place.side in sides and plan.weights(node))
    return frozenset(name for pattern in frozen for name in matching(pattern, plan))


def learning_parameters(frozen: Collection[str], plan: Plan) -> int:
    """How many parameters learn while the layers of these names are frozen."""
    return sum(plan.trainable_params_of(node) for node in plan.nodes if node.name not in frozen)
