from __future__ import annotations

import string
from typing import Any

import pytest
import yaml

from unetgen.config.yaml import tree
from unetgen.config.yaml.nodes import MAX_DEPTH, MAX_NODES
from unetgen.config.yaml.tree import Document, parse_yaml
from unetgen.errors import ConfigError


def parsed(text: str) -> Document:
    return parse_yaml(text, "a.yaml")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in parsed(text).problems]


def fatal(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        parsed(text)
    return str(raised.value)


def test_an_alias_is_a_copy(each_loader: None) -> None:
    document = parsed("a: &a {x: [1]}\nb: *a\n")
    assert document.data == {"a": {"x": [1]}, "b": {"x": [1]}}
    assert document.data["a"] is not document.data["b"]
    assert document.data["a"]["x"] is not document.data["b"]["x"]
    assert str(document.value_marks["b",]) == "a.yaml:2:4"
    assert str(document.value_marks["b", "x", 0]) == "a.yaml:1:12"


def test_an_alias_may_be_a_key() -> None:
    assert parsed("a: &a name\n*a : 1\n").data == {"a": "name", "name": 1}


def test_a_refusal_below_an_anchor_is_reported_once_and_left_out_everywhere() -> None:
    document = parsed("a: &a {x: on, w: 1}\nb: *a\n")
    assert [str(problem).split(": ")[:2] for problem in document.problems] == [["a.yaml:1:11", "a.x"]]
    assert document.data == {"a": {"w": 1}, "b": {"w": 1}}
    assert document.dropped == {("a", "x"), ("b", "x")}


def test_a_refused_anchor_is_reported_where_it_is_written() -> None:
    document = parsed("a: &a on\nb: *a\nc: {d: *a}\n")
    assert [str(problem).split(": ")[:2] for problem in document.problems] == [["a.yaml:1:4", "a"]]
    assert document.data == {"c": {}}
    assert document.dropped == {("a",), ("b",), ("c", "d")}


def bomb(fanout: int, levels: int) -> str:
    lines = [f"a: &a [{','.join('x' * fanout)}]"]
    for before, name in zip(string.ascii_lowercase, string.ascii_lowercase[1 : levels + 1], strict=False):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * fanout)}]")
    return "\n".join(lines)


def test_an_alias_bomb_is_stopped_before_it_expands(
    monkeypatch: pytest.MonkeyPatch, each_loader: None
) -> None:
    read, parse = [], yaml.parse

    def counting(*args: Any, **kwargs: Any) -> Any:
        for event in parse(*args, **kwargs):
            read.append(event)
            yield event

    monkeypatch.setattr(yaml, "parse", counting)
    monkeypatch.setattr(tree._Tree, "value", None)  # nothing is turned into data
    text = bomb(5, 9)
    assert len(text) < 230
    said = fatal(text)
    assert "more than 10,000 values, counting every alias as what it stands for (got at least 1" in said
    assert len(read) < 75


@pytest.mark.parametrize(("items", "passes"), [(MAX_NODES - 3, True), (MAX_NODES - 2, False)])
def test_the_node_budget_counts_keys_values_and_the_mapping(items: int, passes: bool) -> None:
    text = f"a: [{'1,' * items}]"
    if passes:
        assert len(parsed(text).data["a"]) == items
    else:
        assert "(got at least 10,001)" in fatal(text)


def test_the_node_budget_counts_aliases_as_their_content() -> None:
    half = f"a: &a [{'1,' * 4997}]\nb: *a\n"  # 1 + (1 + 4998) + (1 + 4998) = 9999
    assert len(parsed(half).data["b"]) == 4997
    assert "more than 10,000" in fatal(half + "c: 1\n")


def nested(depth: int) -> str:
    return "a: " + "[" * (depth - 1) + "]" * (depth - 1)


def test_depth_is_limited(each_loader: None) -> None:
    assert parsed(nested(MAX_DEPTH)).problems == ()
    said = "a.yaml:1:35: nested deeper than 32 levels; a config is far flatter"
    assert fatal(nested(MAX_DEPTH + 1)) == said
    assert fatal("a: " + "[" * 100_000) == said
    assert "nested deeper" in fatal("a: " + "{b: " * 100)


def test_depth_counts_through_aliases() -> None:
    anchor = f"a: &a {'[' * 20}{']' * 20}\n"
    assert parsed(f"{anchor}b: {'[' * 11}*a{']' * 11}\n").problems == ()
    said = "a.yaml:2:16: nested deeper than 32 levels; a config is far flatter"
    assert fatal(f"{anchor}b: {'[' * 12}*a{']' * 12}\n") == said
