from __future__ import annotations

import pytest

from unetgen.config.source import Source, paths_in, value_at
from unetgen.config.yaml.tree import parse_yaml
from unetgen.errors import Problem

TEXT = "up: {kind: linear, conv: 3}\nfilters: [1, on]\nnorm: batch\ndecoder:\n"


def source() -> Source:
    return Source.of(parse_yaml(TEXT, "a.yaml"), "a.yaml")


@pytest.mark.parametrize(
    ("path", "value"),
    [((), {"a": [1, {"b": 2}]}), (("a",), [1, {"b": 2}]), (("a", 1, "b"), 2), (("a", -1, "b"), 2)],
)
def test_value_at_a_path(path: tuple[str | int, ...], value: object) -> None:
    assert value_at({"a": [1, {"b": 2}]}, path) == value


@pytest.mark.parametrize("path", [("b",), ("a", 2), ("a", "1"), ("a", 0, "c"), ("a", 1, "c", "d"), (0,)])
def test_nothing_at_a_path(path: tuple[str | int, ...]) -> None:
    assert value_at({"a": [1, {"b": 2}]}, path) is ...


def test_paths_in_data() -> None:
    assert list(paths_in({"a": [1], "b": {}}, ("x",))) == [("x",), ("x", "a"), ("x", "a", 0), ("x", "b")]
    assert list(paths_in(...)) == []


def test_the_place_of_what_is_missing_is_that_of_what_is_around_it() -> None:
    assert source().where(("up", "filters", "x")) == "a.yaml:1:5"
    assert source().where(("nowhere",)) == "a.yaml:1:1"
    assert Source("data", {}).where(("nowhere",)) == "data"


def test_a_path_is_written_as_the_user_wrote_it() -> None:
    assert source().written(("norm", "epsilon")) == ("norm",)
    assert source().written(("up", "conv", "kernel")) == ("up", "conv")
    assert source().written(("up", "filters")) == ("up", "filters")
    assert source().written(("decoder", "norm")) == ("decoder", "norm")


def test_a_problem_keeps_the_place_that_it_has() -> None:
    located = source().located(Problem("x", path=("norm", "epsilon")))
    assert (located.where, located.path) == ("a.yaml:3:7", ("norm",))
    assert source().located(Problem("x", where="here")).where == "here"


def test_what_is_forgotten_leaves_no_place_behind() -> None:
    known = source()
    known.forget(("up",))
    assert not [path for path in (*known.keys, *known.values) if path[:1] == ("up",)]
    assert ("filters",) in known.values
    known.forget(("filters",))
    assert known.dropped == set()
    assert not [path for path in (*known.keys, *known.values) if path[:1] == ("filters",)]


def test_a_source_under_a_package_keeps_its_places() -> None:
    moved = source().under(("decoder", "x"))
    assert moved.values["decoder", "x", "up", "kind"] == "a.yaml:1:12"
    assert moved.where(("decoder",)) == "a.yaml:1:1"
    assert moved.problems[0].dotted_path == "decoder.x.filters.1"
    assert ("decoder", "x", "filters") in moved.dropped
