"""DrawnU: what a figure of a U shows of a plan: rows of tensors and the ways between them.

It knows no kind of block, down, up or skip. Geometry and words are made elsewhere; `u_reading` makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, TransposedConv
from unetgen.plan.place import Place
from unetgen.plan.tensor import TensorSpec

Kind = Literal["input", "conv", "down", "up", "skip", "gate", "add", "shortcut", "head"]


@dataclass(frozen=True)
class Operation:
    """Nodes of one place: what one arrow stands for. A figure calls them by `name`, or else by the place."""

    kind: Kind
    place: Place
    nodes: tuple[Node, ...]
    name: str = ""

    @property
    def group(self) -> str:
        """What they are called in the figure."""
        return self.name or self.place.scope or "input"

    @property
    def spec(self) -> TensorSpec:
        """The tensor at its end."""
        return self.nodes[-1].spec

    @property
    def convolves(self) -> bool:
        return any(isinstance(node.op, Conv | TransposedConv) for node in self.nodes)

    @property
    def loops(self) -> int:
        """How often it runs with one set of weights."""
        uses: dict[str, int] = {}
        for node in self.nodes:
            if node.weights_of is not None:
                uses[node.weights_of] = uses.get(node.weights_of, 1) + 1
        return max(uses.values(), default=1)


@dataclass(frozen=True)
class Merge:
    """A skip joining its decoder row: channels copied from the encoder, and those from below.

    A `gate` stands on the skip; `gated` says whether it takes what comes from below, too.
    """

    operation: Operation
    copied: int
    risen: int
    adds: bool
    crops: bool
    gate: Operation | None = None
    gated: bool = False
    inside: bool = False
    """Whether it takes a tensor inside the encoder's block, not the block's last."""

    @property
    def operations(self) -> Iterator[Operation]:
        if self.gate:
            yield self.gate
        yield self.operation


@dataclass(frozen=True)
class Join:
    """A shortcut: from the tensor after step `source` (-1: the row's first, -2: the one before its way)
    to that after step `target`."""

    addition: Operation
    shortcut: Operation | None
    source: int
    target: int


@dataclass(frozen=True)
class LevelRow:
    """One level of one side, from left to right."""

    side: Literal["encoder", "decoder"]
    level: int
    way: Operation | None
    merge: Merge | None
    steps: tuple[Operation, ...]
    joins: tuple[Join, ...]
    entry: TensorSpec
    """The row's first tensor: the input, the pooled or the up-sampled one."""
    rich: bool = False
    """Whether its block branches: its one step has all of it, and the block view cannot show it."""
    late: bool = False
    """Whether its skip joins after the block, as before a strided up-sampling."""

    @property
    def spec(self) -> TensorSpec:
        """The row's last tensor."""
        if self.steps:
            return self.steps[-1].spec
        if self.late and self.way:
            return self.way.spec
        return self.merge.operation.spec if self.merge else self.entry

    @property
    def way_in_block(self) -> bool:
        """Whether the block's own first convolution is the way down."""
        return self.way is not None and self.way.place.part is None

    @property
    def inner(self) -> Iterator[Operation]:
        """The operations of the block: its steps, additions and shortcuts."""
        yield from self.steps
        for join in self.joins:
            yield join.addition
            if join.shortcut:
                yield join.shortcut

    @property
    def operations(self) -> Iterator[Operation]:
        if self.way:
            yield self.way
        if self.merge and not self.late:
            yield from self.merge.operations
        yield from self.inner
        if self.merge and self.late:
            yield from self.merge.operations


@dataclass(frozen=True)
class DrawnU:
    """A U: the encoder's rows from the top to the bottom, the decoder's by level, and the heads by level."""

    plan: Plan
    input: Operation
    encoder: tuple[LevelRow, ...]
    decoder: dict[int, LevelRow]
    heads: dict[int, Operation]
    """By the level of the row that each one stands at."""
    fuse: Operation | None = None
    """What makes one output of all heads."""

    @property
    def dims(self) -> int:
        return self.plan.input.spec.dims

    @property
    def depth(self) -> int:
        return len(self.encoder)

    @property
    def rows(self) -> tuple[LevelRow, ...]:
        """In the order of the data flow."""
        return (*self.encoder, *(self.decoder[level] for level in sorted(self.decoder, reverse=True)))

    @property
    def shrinks(self) -> bool:
        """Whether a decoder row ends smaller than its encoder row began, as with valid padding."""
        return any(
            row.spec.spatial != self.encoder[level].entry.spatial for level, row in self.decoder.items()
        )

    @property
    def operations(self) -> Iterator[Operation]:
        yield self.input
        for row in self.rows:
            yield from row.operations
        yield from self.heads.values()
        if self.fuse:
            yield self.fuse

    @property
    def strided(self) -> bool:
        """Whether the network goes down before its first block, so that every level stands a row lower."""
        return any(each.place.level != row.level for row in self.encoder[-1:] for each in row.operations)

    @property
    def joins_late(self) -> bool:
        """Whether some skip joins before the way up, not behind it."""
        return any(row.late for row in self.rows)

    @property
    def takes_inside(self) -> bool:
        """Whether some skip begins inside a block."""
        return any(row.merge is not None and row.merge.inside for row in self.rows)

    @property
    def begins_with_input(self) -> bool:
        """Whether the top row's only tensor on the way down is the input."""
        return not self.encoder[0].steps

    @property
    def rich(self) -> bool:
        """Whether some block is more than a chain of convolutions with shortcuts."""
        return any(row.rich for row in self.rows)

    @property
    def parted(self) -> bool:
        """Whether a way down takes one more tensor than the last one of the row above."""
        ways = [row.way.nodes for row in self.encoder if row.way]
        taken = [{name for node in way for name in node.inputs} for way in ways]
        return any(
            len(names - {node.name for node in way}) > 1 for names, way in zip(taken, ways, strict=True)
        )

    def last(self, level: int) -> LevelRow:
        """The row of `level` that a head stands at: the decoder's, or the encoder's where it has none."""
        return self.decoder.get(level, self.encoder[level])
