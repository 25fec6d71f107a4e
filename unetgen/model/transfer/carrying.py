"""From the layers of an old network to arrays for those of a new one: pure NumPy.

Layers belong together by their names. A name is made of a layer's place in the plan and what it is called
there, so that equal names are equal places: a level keeps its layers where there are more levels below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unetgen.model.transfer.axes import Axis, Carrying, ChannelMode, Pick, axes_of, refitted
from unetgen.model.transfer.channels import Channels, Counts, channels_of, score_convs
from unetgen.model.transfer.kernels import KernelMode, resized
from unetgen.model.transfer.old_network import Kind, OldLayer, OldNetwork
from unetgen.model.transfer.table import CarriedRow, LeftRow, TransferTable
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Norm, Op, PRelu, TransposedConv
from unetgen.plan.tensor import sizes

Arrays = Mapping[str, Sequence[np.ndarray]]
KINDS: Mapping[type[Op], Kind] = {
    Conv: "convolution",
    TransposedConv: "transposed convolution",
    Norm: "normalization",
    PRelu: "prelu",
}
"""What the layers of these ops are; those of others are of the kind ``layer``."""


@dataclass(frozen=True, eq=False)
class Transfer:
    """From an old network into the layers of a plan.

    `classes` are the old numbers of new classes, those of the first task; None: all where there are as many
    in both, and else none. `kernels` says what becomes of those of another size.
    """

    old: OldNetwork
    plan: Plan
    mode: ChannelMode
    classes: Mapping[int, int] | None = None
    kernels: KernelMode = "equal"

    def into(self, initial: Arrays, name: str) -> tuple[dict[str, list[np.ndarray]], TransferTable]:
        """The arrays of each layer with weights, `initial` where nothing fits, and the table of it."""
        counts = Counts.of(self.plan)
        before = Counts(self.old.channels, {each: self._classes(each) for each in counts.classes})
        new, old = channels_of(self.plan, counts), channels_of(self.plan, before)
        how = Carrying(self.mode, counts.image, before.image, dict(self._numbers(counts, before)))
        filled: dict[str, _Filled] = {}
        for node in self.plan.nodes:
            if self.plan.weights(node):
                layer = _Layer(self, node, how, axes_of(self.plan, node, new), axes_of(self.plan, node, old))
                filled[node.name] = layer.filled(initial[node.name])
        table = TransferTable(name, tuple(each.row for each in filled.values()), tuple(self._left(filled)))
        return {layer: each.arrays for layer, each in filled.items()}, table

    def _classes(self, name: str) -> int:
        """How many classes the old network's convolution `name` has; as many as the new one's without it."""
        layer = self.old.layers.get(name)
        return (layer and layer.filters) or self.plan.by_name[name].spec.channels

    def _numbers(self, counts: Counts, before: Counts) -> Iterator[tuple[str, Mapping[int, int]]]:
        """Of each convolution to the classes: the old number of each class that it keeps."""
        for node in score_convs(self.plan):
            new, old = counts.classes[node.name], before.classes[node.name]
            if self.classes is not None and not node.place.task:
                yield node.name, self.classes
            else:
                yield node.name, {number: number for number in range(new)} if new == old else {}

    def _left(self, filled: Mapping[str, _Filled]) -> Iterator[LeftRow]:
        for name, layer in self.old.layers.items():
            known = filled.get(name)
            if unused := layer.size - (known.used if known else 0):
                yield LeftRow(name, unused, known.row.why if known else "the new network has no such layer")


@dataclass(frozen=True, eq=False)
class _Filled:
    """The arrays of a layer, what is said of them, and how many of the old layer's parameters are in them."""

    arrays: list[np.ndarray]
    row: CarriedRow
    used: int


@dataclass(frozen=True, eq=False)
class _Layer:
    """One layer of the new network, and the axes of its weights in both."""

    transfer: Transfer
    node: Node
    how: Carrying
    axes: Mapping[str, tuple[Axis, ...]]
    axes_old: Mapping[str, tuple[Axis, ...]]

    def filled(self, initial: Sequence[np.ndarray]) -> _Filled:
        """Its arrays: the old layer's where they fit."""
        old = self.transfer.old.layers.get(self.node.name)
        names = [weight.name for weight in self.transfer.plan.weights(self.node)]
        given = dict(zip(names, initial, strict=True))
        size = sum(array.size for array in initial)
        why = self._misfit(given, old)
        if why or old is None:
            return _Filled(list(initial), self._row(0, size, why), 0)
        arrays, carried, used = [], 0, 0
        for name, array in given.items():
            value, count, count_old = array, 0, 0
            if name in old.weights:
                value, count, count_old = self._refitted(name, old.weights[name], array)
            arrays.append(value)
            carried, used = carried + count, used + count_old
        row = self._row(carried, size - carried, "; ".join(self._changes(given, old)))
        return _Filled(arrays, row, used)

    def _row(self, carried: int, new: int, why: str) -> CarriedRow:
        return CarriedRow(self.node.name, self.node.place.words or "input", carried, new, why)

    def _misfit(self, given: Mapping[str, np.ndarray], old: OldLayer | None) -> str:
        """Why nothing of the layer is carried; empty where something is."""
        if old is None:
            return "the source has no such layer with weights"
        kind = KINDS.get(type(self.node.op), "layer")
        if old.kind != kind:
            return f"is a {kind}, in the source a {old.kind}"
        common = [name for name in given if name in old.weights]
        if not common or "kernel" in set(given).difference(common):  # a bias alone means nothing
            return f"has {', '.join(given)}, in the source {', '.join(old.weights)}"
        for name in common:
            wanted, has = self._shape_old(name, given[name]), old.weights[name].shape
            if wanted != has and not self._is_resized(name, wanted, has):
                return f"{name} is {_sizes(given[name].shape)}, in the source {_sizes(has)}"
            if self._picks(name) is None:
                return "reads other features than in the source"
        if self._has_no_class():
            return self._other_classes()
        return ""

    def _shape_old(self, name: str, new: np.ndarray) -> tuple[int, ...]:
        """The shape of a weight in a network that differs in its image's channels and its classes alone."""
        shape = list(new.shape)
        for axis in self.axes_old.get(name, ()):
            shape[axis.index] = len(axis.channels)
        return tuple(shape)

    def _picks(self, name: str) -> dict[int, list[Pick]] | None:
        """What the axes that differ are made of."""
        picks: dict[int, list[Pick]] = {}
        for new, old in zip(self.axes.get(name, ()), self.axes_old.get(name, ()), strict=True):
            row = self.how.picks(new, old)
            if row is None:
                return None
            if row != [[(place, 1.0)] for place in range(len(old.channels))]:
                picks[new.index] = row
        return picks

    def _refitted(self, name: str, old: np.ndarray, initial: np.ndarray) -> tuple[np.ndarray, int, int]:
        wide = resized(old, initial.shape[:-2]) if name == "kernel" else old
        if not (picks := self._picks(name)):
            return wide, initial.size, old.size
        value, carried, used = refitted(wide, initial, picks)
        return value, carried, used * old.size // wide.size

    def _is_resized(self, name: str, new: tuple[int, ...], old: tuple[int, ...]) -> bool:
        """Whether the two are kernels of other sizes, and those are resized."""
        is_wanted = self.transfer.kernels == "linear" and name == "kernel"
        return is_wanted and len(new) == len(old) and new[-2:] == old[-2:] and new != old

    def _has_no_class(self) -> bool:
        return self.node.name in self.how.classes and not self.how.classes[self.node.name]

    def _other_classes(self) -> str:
        new, old = self.node.spec.channels, self.transfer._classes(self.node.name)
        return f"has {new} classes, in the source {old}" if new != old else "none of its classes is carried"

    def _changes(self, given: Mapping[str, np.ndarray], old: OldLayer) -> Iterator[str]:
        """What is not as it was in a layer that was carried."""
        if absent := [name for name in given if name not in old.weights]:
            yield f"no {', '.join(absent)} in the source"
        if surplus := [name for name in old.weights if name not in given]:
            yield f"the new one has no {', '.join(surplus)}"
        new, has = (held["kernel"].shape[:-2] if "kernel" in held else () for held in (given, old.weights))
        if new != has:
            yield f"kernel of {_sizes(has)} resized to {_sizes(new)}"
        how = self.how
        if how.channels != how.channels_old and any(map(_is_of_image, self._channels())):
            yield f"{how.mode} of {how.channels_old} channels for {how.channels}"
        if self.node.name in how.classes:
            numbers = how.classes[self.node.name]
            if numbers != {number: number for number in range(self.transfer._classes(self.node.name))}:
                yield f"classes {', '.join(f'{new} from {old}' for new, old in numbers.items())}"

    def _channels(self) -> Iterator[Channels]:
        return (axis.channels for axes in self.axes.values() for axis in axes)


def _is_of_image(channels: Channels) -> bool:
    return any(channel.kind == "image" for channel in channels)


def _sizes(shape: tuple[int, ...]) -> str:
    return sizes(shape) or "a number"
