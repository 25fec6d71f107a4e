"""Where: the places of a plan that a rule of an import is about, any numbers among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from unetgen.plan.graph import Node
from unetgen.plan.place import PartName, Piece, Side

AnyLevel = Literal["any"]
ANY: Final = "any"


@dataclass(frozen=True)
class Numbered:
    """A piece called `name`, whatever its number."""

    name: str


CONV, BLOCK = Numbered("conv"), Numbered("block")


@dataclass(frozen=True)
class Where:
    """Places of the main network on one side: at a level, at any or at none, and the pieces that they are in.

    With a `label` it is about the layers of that name there, else about all of them; with a `column` or a
    `task` about the own ones of that.
    """

    side: Side
    level: int | AnyLevel | None
    pieces: tuple[Piece | Numbered, ...] = ()
    part: PartName | None = None
    label: str | None = None
    column: int | None = None
    task: str = ""

    def numbers(self, node: Node) -> Mapping[str, int] | None:
        """The numbers that are left open here, by name, of the node's place; None where it is another."""
        place = node.place
        if (place.side, place.part, place.column, place.task) != (
            self.side,
            self.part,
            self.column,
            self.task,
        ):
            return None
        if len(place.pieces) != len(self.pieces) or self.label not in (None, node.label):
            return None
        numbers: dict[str, int] = {}
        if self.level == ANY and place.level is not None:
            numbers["level"] = place.level
        elif self.level != place.level:
            return None
        for wanted, piece in zip(self.pieces, place.pieces, strict=True):
            if isinstance(wanted, Numbered) and wanted.name == piece.name and piece.number is not None:
                numbers[piece.name] = piece.number
            elif wanted != piece:
                return None
        return numbers


def encoder(
    *pieces: Piece | Numbered | str, level: int | AnyLevel = ANY, part: PartName | None = None
) -> Where:
    """The encoder's layers in those pieces; a bare name is a piece without a number."""
    return Where("encoder", level, _pieces(pieces), part)


def decoder(
    *pieces: Piece | Numbered | str,
    level: int | AnyLevel = ANY,
    part: PartName | None = None,
    label: str | None = None,
) -> Where:
    """The decoder's layers in those pieces."""
    return Where("decoder", level, _pieces(pieces), part, label)


def head(
    *pieces: Piece | Numbered | str,
    level: int | AnyLevel | None = None,
    part: PartName | None = None,
    label: str | None = None,
    task: str = "",
) -> Where:
    """The layers of the main head in those pieces, or of that of a level."""
    return Where("head", level, _pieces(pieces), part, label, task=task)


def _pieces(pieces: tuple[Piece | Numbered | str, ...]) -> tuple[Piece | Numbered, ...]:
    return tuple(Piece(piece) if isinstance(piece, str) else piece for piece in pieces)
