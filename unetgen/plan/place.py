"""Place: where in the network a node stands, as the builder was told.

Who wants to know reads the fields. `scope` is the same as text, for names, messages and JSON, and is never
parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

LevelSide = Literal["encoder", "decoder", "nested"]
Side = Literal[LevelSide, "head"]
PartName = Literal["stem", "down", "up", "skip", "bottleneck", "fuse"]
KnownPiece = Literal[
    "add",
    "attention",
    "conv",
    "from_decoder",
    "from_encoder",
    "gate",
    "join",
    "shortcut",
    "squeeze_excitation",
    "style",
]
"""Pieces that figures and reports tell apart. A kind may name others: they are shown all the same."""
PARTS: Mapping[Side, frozenset[PartName]] = {
    "encoder": frozenset({"stem", "down", "bottleneck"}),
    "decoder": frozenset({"up", "skip"}),
    "nested": frozenset({"up", "skip"}),
    "head": frozenset({"stem", "up", "fuse"}),
}
"""The parts that a level or a head has beside its block, or its convolutions. A head's stem leads back to the
size of the input, which the encoder's has left."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a block or of another part, such as ``shortcut``; `number` where there are several."""

    name: str
    number: int | None = None

    def __str__(self) -> str:
        return self.name if self.number is None else f"{self.name}{self.number}"


@dataclass(frozen=True, slots=True)
class Place:
    """A level of one side, or a head, and what stands there: a part, and the pieces of it from outside in.

    The input, and what is done to it before the first level, has no side. A nested level has a `column`, as a
    UNet++ counts them; a head has the level or the column that it stands at, and the main one neither. `task`
    is the further task whose head or decoder it is. Without a `part`, the pieces are those of the block.
    """

    side: Side | None = None
    level: int | None = None
    column: int | None = None
    task: str = ""
    part: PartName | None = None
    pieces: tuple[Piece, ...] = ()

    @property
    def scope(self) -> str:
        """The place as text, such as ``encoder/level1/conv2``; empty for the input's."""
        words = [
            f"tasks/{self.task}" if self.task else "",
            self.side or "",
            "" if self.level is None else f"level{self.level}",
            "" if self.column is None else f"column{self.column}",
            self.part or "",
            *map(str, self.pieces),
        ]
        return "/".join(filter(None, words))

    @property
    def words(self) -> str:
        """What people call the level or the head that it is in; empty for the input's.

        >>> Place("nested", 0, 2, part="skip").words, Place("head", task="edges").words
        ('nested level 0, column 2', 'task edges: head')
        """
        task = f"task {self.task}: " if self.task else ""
        level = "" if self.level is None else f" level {self.level}"
        column = "" if self.column is None else f"{',' * bool(level)} column {self.column}"
        return f"{task}{self.side or ''}{level}{column}"

    @property
    def of_whole(self) -> Place:
        """The level or the head that it is in."""
        return Place(self.side, self.level, self.column, self.task)

    @property
    def of_part(self) -> Place:
        """The part that it is in, all pieces of it together."""
        return Place(self.side, self.level, self.column, self.task, self.part)

    @property
    def joins_levels(self) -> bool:
        """Whether it brings a tensor of another level to this one's skip, or into its block."""
        to_skip = self.part == "skip" and self.begins_with("from_encoder", "from_decoder")
        return to_skip or (self.side == "decoder" and self.has("join", "style"))

    def begins_with(self, *names: KnownPiece) -> bool:
        """Whether its outermost piece is one of these."""
        return bool(self.pieces) and self.pieces[0].name in names

    def ends_with(self, name: KnownPiece) -> bool:
        """Whether its innermost piece is called so."""
        return bool(self.pieces) and self.pieces[-1].name == name

    def has(self, *names: KnownPiece) -> bool:
        """Whether it is in a piece of one of these names."""
        return any(piece.name in names for piece in self.pieces)

    def is_in(self, other: Place) -> bool:
        """Whether `other` is this place or one around it."""
        if self.of_whole != other.of_whole:
            return False
        if other.part is None and not other.pieces:
            return True
        return self.part == other.part and self.pieces[: len(other.pieces)] == other.pieces

    def within(self, piece: Piece) -> Place:
        """The place one piece further in."""
        return Place(self.side, self.level, self.column, self.task, self.part, (*self.pieces, piece))

    def cut(self, count: int) -> Place:
        """The place around it that has the `count` outermost pieces."""
        return replace(self, pieces=self.pieces[:count])


def broken(place: Place) -> Iterator[str]:
    """What makes a place impossible."""
    numbers = (place.level, place.column, *(piece.number for piece in place.pieces))
    if any(number is not None and number < 0 for number in numbers):
        yield f"its place {place.scope!r} has a negative number"
    if place.side is None and place.of_part != Place():
        yield f"its place {place.scope!r} has no side, and so no level, column, task or part"
    if place.side in ("encoder", "decoder", "nested") and place.level is None:
        yield f"its place {place.scope!r} has no level"
    if (place.column is not None) != (place.side == "nested") and place.side != "head":
        yield f"its place {place.scope!r}: a nested level has a column, and another has none"
    if place.side == "head" and place.level is not None and place.column is not None:
        yield f"its place {place.scope!r}: a head stands at a level or at a column"
    if place.side is not None and place.part is not None and place.part not in PARTS[place.side]:
        yield f"its place {place.scope!r}: the {place.side} has no {place.part}"
    for piece in place.pieces:
        if not piece.name.isidentifier() or piece.name[-1].isdigit():
            yield f"its place {place.scope!r}: a piece has a name, and apart from that a number"
