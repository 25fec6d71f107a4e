"""How the axes of a layer's weights follow from the channels at it, and weights made for other channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unetgen.model.transfer.channels import Channel, Channels, is_depthwise
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Norm, PRelu, Scale, TransposedConv

ChannelMode = Literal["mean", "copy", "zero"]
Role = Literal["reads", "holds"]
"""A kernel sums over the channels that it reads; other weights hold a number for each channel."""
Pick = Sequence[tuple[int, float]] | None
"""Which old positions, each times a factor, are added to a new one; None: it stays as initialized."""
Array = np.ndarray


@dataclass(frozen=True)
class Axis:
    """An axis of a weight: where it is, counted from the last one, and what its positions are."""

    index: int
    role: Role
    channels: Channels


def axes_of(plan: Plan, node: Node, known: Mapping[str, Channels]) -> dict[str, tuple[Axis, ...]]:
    """The axes that go with channels, of each weight of `node` by its name; the others are not listed."""
    inputs, made, op = known[node.inputs[0]], known[node.name], node.op
    if isinstance(op, Conv):
        written = Axis(-1, "holds", made)
        kernel = (written,) if op.groups > 1 else (Axis(-2, "reads", inputs), written)
        plain = op.groups == 1 or is_depthwise(plan, node)
        return {"kernel": kernel, "bias": (written,)} if plain else {}
    if isinstance(op, TransposedConv):
        bias = (Axis(-1, "holds", made),)
        if op.groups == 1:
            return {"kernel": (Axis(-1, "reads", inputs), Axis(-2, "holds", made)), "bias": bias}
        plain = is_depthwise(plan, node) and op.filters == op.groups
        return {"kernel": bias, "bias": bias} if plain else {}
    if isinstance(op, Norm | Scale) or (isinstance(op, PRelu) and op.shared != "all"):
        held = (Axis(-1, "holds", inputs),)
        return {weight.name: held for weight in plan.weights(node)}
    return {}


@dataclass(frozen=True)
class Carrying:
    """What is done where a network is for other images or classes.

    `classes` are, for each convolution to the classes by name, the old number of each new class that is
    carried.
    """

    mode: ChannelMode
    channels: int
    channels_old: int
    classes: Mapping[str, Mapping[int, int]]

    def picks(self, new: Axis, old: Axis) -> list[Pick] | None:
        """What each position of the axis `new` is made of; None where it has features that `old` lacks."""
        places = {channel: place for place, channel in enumerate(old.channels)}
        picks: list[Pick] = []
        for channel in new.channels:
            parts = self._parts(channel, new.role)
            if channel.kind == "feature" and channel not in places:
                return None
            picks.append(None if parts is None else [(places[part], factor) for part, factor in parts])
        return picks

    def _parts(self, channel: Channel, role: Role) -> list[tuple[Channel, float]] | None:
        """The old channels that a new one is made of, with their factors."""
        if channel.kind == "feature":
            return [(channel, 1.0)]
        if channel.kind == "class":
            number = self.classes[channel.node].get(channel.number)
            return None if number is None else [(channel._replace(number=number), 1.0)]
        if self.channels == self.channels_old:
            return [(channel, 1.0)]
        numbers = MODES[self.mode](channel.number, self.channels, self.channels_old, role)
        if numbers is None:
            return None
        return [(channel._replace(number=number), factor) for number, factor in numbers]


def _mean(number: int, new: int, old: int, role: Role) -> list[tuple[int, float]]:
    return [(each, 1 / (new if role == "reads" else old)) for each in range(old)]


def _copy(number: int, new: int, old: int, role: Role) -> list[tuple[int, float]]:
    if new < old:
        group = range(number, old, new)
        return [(each, 1.0 if role == "reads" else 1 / len(group)) for each in group]
    copies = len(range(number % old, new, old))
    return [(number % old, 1 / copies if role == "reads" else 1.0)]


def _zero(number: int, new: int, old: int, role: Role) -> list[tuple[int, float]] | None:
    if number < old:
        return [(number, 1.0)]
    return [] if role == "reads" else None


MODES: Mapping[ChannelMode, Callable[[int, int, int, Role], list[tuple[int, float]] | None]] = {
    "mean": _mean,
    "copy": _copy,
    "zero": _zero,
}
"""The old channels of the image that one of `new` is made of. For kernels, ``mean`` gives an image of equal
channels the response that it had; ``copy`` gives an image whose channels repeat that of the one it repeats;
``zero`` makes additional channels count nothing."""


def refitted(old: Array, initial: Array, picks: Mapping[int, Sequence[Pick]]) -> tuple[Array, int, int]:
    """The weight of `initial`'s shape that the axes of `picks` make of `old`, and how many numbers of it are
    carried, and of how many old ones."""
    value, used = old.astype(np.float64), old.size
    known = np.ones((1,) * initial.ndim, bool)
    for axis, row in picks.items():
        value = np.moveaxis(value, axis, 0)
        # Positions that nothing is picked for are taken from `initial` below.
        nothing = np.zeros_like(value[0])
        made = [sum((factor * value[place] for place, factor in pick or ()), nothing) for pick in row]
        used = used // len(value) * len({place for pick in row for place, _ in pick or ()})
        value = np.moveaxis(np.stack(made), 0, axis)
        shape = [1] * initial.ndim
        shape[axis] = len(row)
        known = known & np.array([pick is not None for pick in row]).reshape(shape)
    known = np.broadcast_to(known, initial.shape)
    return np.where(known, value, initial).astype(initial.dtype), int(known.sum()), used
