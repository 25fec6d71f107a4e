"""Places: what the builder is told is what a node has, and what cannot be is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from unetgen.plan.builder import Builder
from unetgen.plan.ops import Activation
from unetgen.plan.place import Piece, Place, broken
from unetgen.plan.tensor import TensorSpec

PACKAGE = Path(__file__).parents[2] / "unetgen"
FILES = sorted(PACKAGE.rglob("*.py"))
RELU = Activation("relu")
GATE = Place("decoder", 0, task="edges", part="skip", pieces=(Piece("gate", 2), Piece("theta")))


def test_a_node_stands_where_the_builder_was_told() -> None:
    b = Builder(TensorSpec((4,), 1))
    with b.task("edges"), b.level("decoder", 0), b.part("skip"), b.piece("gate", 2), b.piece("theta"):
        node = b.add(RELU, b.input, name="end")
    assert b.input.place == Place()
    assert node.place == GATE
    assert node.scope == "tasks/edges/decoder/level0/skip/gate2/theta"
    assert (node.name, node.label) == ("tasks_edges_decoder_level0_skip_gate2_theta_end", "end")
    with b.level("nested", 1, 2), b.piece("conv", 1):
        assert b.place.scope == "nested/level1/column2/conv1"
    with b.head(column=3):
        assert b.place == Place("head", column=3)
    assert b.place == Place()


@pytest.mark.parametrize(
    "enter",
    [
        lambda b: b.level("encoder", 1),
        lambda b: b.head(),
        lambda b: b.task("edges"),
        lambda b: b.part("down"),
    ],
    ids=["level", "head", "task", "part"],
)
def test_what_is_outside_does_not_stand_in_a_piece(
    enter: Callable[[Builder], AbstractContextManager[None]],
) -> None:
    b = Builder(TensorSpec((4,), 1))
    with b.level("encoder", 0), b.piece("conv", 1), pytest.raises(ValueError, match="in this order"):
        enter(b)


def test_the_place_is_left_where_something_goes_wrong() -> None:
    b = Builder(TensorSpec((4,), 1))
    with pytest.raises(KeyError), b.level("encoder", 0):
        raise KeyError
    assert b.place == Place()


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (Place("encoder", -1), "a negative number"),
        (Place("encoder", 0, pieces=(Piece("conv", -1),)), "a negative number"),
        (Place("encoder"), "has no level"),
        (Place(level=1), "has no side"),
        (Place(part="down"), "has no side"),
        (Place(task="edges"), "has no side"),
        (Place("nested", 1), "a nested level has a column"),
        (Place("decoder", 1, 2), "a nested level has a column"),
        (Place("head", 1, 2), "a level or at a column"),
        (Place("encoder", 1, part="up"), "the encoder has no up"),
        (Place("head", part="down"), "the head has no down"),
        (Place("encoder", 0, pieces=(Piece("conv1"),)), "apart from that a number"),
        (Place("encoder", 0, pieces=(Piece("a/b"),)), "apart from that a number"),
    ],
)
def test_a_place_that_cannot_be_is_told(place: Place, what: str) -> None:
    (told,) = broken(place)
    assert what in told and repr(place.scope) in told


@pytest.mark.parametrize(
    "place",
    [GATE, Place(), Place("head"), Place("head", 2), Place("nested", 0, 1), Place(pieces=(Piece("a"),))],
)
def test_a_place_that_can_be_is_not(place: Place) -> None:
    assert list(broken(place)) == []


def test_a_place_is_in_those_around_it() -> None:
    level = Place("decoder", 0, task="edges")
    around = [level, GATE.of_part, GATE.cut(1), GATE]
    assert all(GATE.is_in(place) for place in around)
    assert not any(place.is_in(GATE) for place in around[:-1])
    assert not GATE.is_in(Place("decoder", 0))
    assert not GATE.is_in(Place("decoder", 0, task="edges", pieces=(Piece("gate", 2),)))
    assert not Place("decoder", 0, pieces=(Piece("conv", 1),)).is_in(Place("decoder", 0, part="skip"))


TAKEN_APART = {
    "split", "rsplit", "partition", "rpartition", "startswith", "endswith", "removeprefix", "removesuffix",
    "find", "rfind", "index", "count", "strip", "lstrip", "rstrip",
    "match", "fullmatch", "search", "findall", "finditer", "sub",
}  # fmt: skip
"""Methods of texts and of patterns that look into a text."""


def parsed(source: str) -> list[int]:
    """The lines of Python `source` that look into the text of a place."""
    tree = ast.parse(source)
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            looks = node.func.attr in TAKEN_APART and any(map(is_scope, [node.func.value, *node.args]))
        elif isinstance(node, ast.Compare):
            looks = any(map(is_scope, [node.left, *node.comparators]))
        else:
            looks = isinstance(node, ast.Subscript) and is_scope(node.value)
        if looks:
            lines.append(node.lineno)
    return lines


def is_scope(node: ast.expr) -> bool:
    """``x.scope``, ``scope``, ``x["scope"]``, or text made of one."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) and is_scope(part.value) for part in node.values)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value == "scope"
    return name == "scope"


def test_nobody_parses_the_text_of_a_place() -> None:
    lines = {file.relative_to(PACKAGE): parsed(file.read_text(encoding="utf-8")) for file in FILES}
    assert {file: numbers for file, numbers in lines.items() if numbers} == {}


@pytest.mark.parametrize(
    "source",
    [
        'node.scope.split("/")',
        'scope.startswith("head")',
        'node.scope.endswith("/skip")',
        '"/skip/" in node.scope',
        "LEVEL.match(node.scope)",
        're.match("encoder", layer["scope"])',
        'pattern.fullmatch(f"{node.scope}/{label}")',
        "node.scope[:7]",
    ],
)
def test_parsing_is_recognized(source: str) -> None:
    assert parsed(source) == [1]
    assert parsed('f"fails at {node.scope}"\nscope_of[node.scope]') == []
