"""Where a rule of an import looks: the places that it is about, and the numbers that it leaves open."""

from __future__ import annotations

import pytest

from unetgen.plan.graph import Node
from unetgen.plan.ops import Add
from unetgen.plan.place import Piece, Place
from unetgen.plan.tensor import TensorSpec
from unetgen.weights.where import ANY, BLOCK, CONV, Where, decoder, encoder, head

CONV2 = Piece("conv", 2)


def node(place: Place, label: str = "") -> Node:
    name = "_".join(filter(None, [place.scope.replace("/", "_"), label]))
    return Node(name, Add(), (), TensorSpec((4,), 1), place)


@pytest.mark.parametrize(
    ("where", "place", "label", "numbers"),
    [
        (encoder(CONV), Place("encoder", 3, pieces=(CONV2,)), "", {"level": 3, "conv": 2}),
        (encoder(CONV), Place("encoder", 3, pieces=(CONV2,)), "norm", {"level": 3, "conv": 2}),
        (encoder(CONV, level=0), Place("encoder", 0, pieces=(CONV2,)), "", {"conv": 2}),
        (encoder(CONV2), Place("encoder", 0, pieces=(CONV2,)), "", {"level": 0}),
        (
            encoder(BLOCK, CONV),
            Place("encoder", 1, pieces=(Piece("block", 4), CONV2)),
            "",
            {"level": 1, "block": 4, "conv": 2},
        ),
        (head(), Place("head"), "", {}),
        (head(level=ANY), Place("head", 2), "", {"level": 2}),
        (
            decoder("gate", part="skip", label="psi"),
            Place("decoder", 0, part="skip", pieces=(Piece("gate"),)),
            "psi",
            {"level": 0},
        ),
    ],
)
def test_a_place_gives_the_numbers_that_are_open(
    where: Where, place: Place, label: str, numbers: dict[str, int]
) -> None:
    assert where.numbers(node(place, label)) == numbers


@pytest.mark.parametrize(
    ("where", "place", "label"),
    [
        (encoder(CONV), Place("decoder", 3, pieces=(CONV2,)), ""),
        (encoder(CONV), Place("encoder", 3, pieces=(Piece("conv"),)), ""),
        (encoder(CONV), Place("encoder", 3, pieces=(Piece("block", 1), CONV2)), ""),
        (encoder(CONV, level=0), Place("encoder", 1, pieces=(CONV2,)), ""),
        (encoder(Piece("conv", 1)), Place("encoder", 1, pieces=(CONV2,)), ""),
        (encoder("down"), Place("encoder", 1, part="down"), ""),
        (decoder(CONV), Place("decoder", 1, task="edges", pieces=(CONV2,)), ""),
        (head(), Place("head", 1), ""),
        (head(), Place("head", column=1), ""),
        (head(level=ANY), Place("head"), ""),
        (
            decoder("gate", part="skip", label="psi"),
            Place("decoder", 0, part="skip", pieces=(Piece("gate"),)),
            "psi_norm",
        ),
    ],
)
def test_another_place_gives_nothing(where: Where, place: Place, label: str) -> None:
    assert where.numbers(node(place, label)) is None
