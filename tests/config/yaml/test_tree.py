# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from unetgen.config.yaml.tree import Document, parse_yaml, read_yaml
from unetgen.errors import ConfigError

LOADERS: list[Any] = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


def parsed(text: str) -> Document:
    return parse_yaml(text, "a.yaml")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in parsed(text).problems]


# --- data and marks ---


def test_data_and_marks(each_loader: None) -> None:
    document = parsed("# top\ninput: {shape: [8, 16], channels: 4}\nhead:\n  kernel: 1\n  name:\nups:\n- x\n")
    assert document.data == {
        "input": {"shape": [8, 16], "channels": 4},
        "head": {"kernel": 1, "name": None},
        "ups": ["x"],
    }
    assert document.problems == ()
    assert document.dropped == frozenset()
    places = {path: (mark.line, mark.column) for path, mark in document.value_marks.items()}
    assert places == {
        (): (2, 1),
        ("input",): (2, 8),
        ("input", "shape"): (2, 16),
        ("input", "shape", 0): (2, 17),
        ("input", "shape", 1): (2, 20),
        ("input", "channels"): (2, 35),
        ("head",): (4, 3),
        ("head", "kernel"): (4, 11),
        ("head", "name"): (5, 8),
        ("ups",): (7, 1),
        ("ups", 0): (7, 3),
    }
    keys = {path: (mark.line, mark.column) for path, mark in document.key_marks.items()}
    assert keys.keys() == places.keys() - {()}
    assert keys["input", "shape"] == (2, 9)
    assert keys["head", "name"] == (5, 3)
    assert keys["ups", 0] == (7, 3)


@pytest.mark.parametrize("text", ['a: "010"', "a: '010'", "a: |-\n  010", "a: >-\n  010"])
def test_quoted_and_block_text_is_a_string(text: str, each_loader: None) -> None:
    assert parsed(text).data == {"a": "010"}
    assert problems(text) == []


def test_quoted_keys_are_strings() -> None:
    assert parsed('"on": 1\n"<<": 2\n"1": 3\n').data == {"on": 1, "<<": 2, "1": 3}


def test_windows_line_ends_and_document_markers() -> None:
    assert parsed("---\r\na: 1\r\nb:\r\n  c: 2\r\n...\r\n").data == {"a": 1, "b": {"c": 2}}


def test_positions_count_characters_not_bytes(each_loader: None) -> None:
    assert problems("é: {ü: on}")[0].startswith("a.yaml:1:8: é.ü: ")


# --- what is refused while the reading goes on ---

TAG = "a tag is refused: a config is data"
REFUSED = [
    ("a: 1\nb: 2\na: 3", ["a.yaml:3:1: a: given twice, first at a.yaml:1:1; keep one of the two"], {"a": 1, "b": 2}, []),
    ("a: 1\n'a': 3", ["a.yaml:2:1: a: given twice, first at a.yaml:1:1; keep one of the two"], {"a": 1}, []),
    ("a: {b: 1, b: 2}", ["a.yaml:1:11: a.b: given twice, first at a.yaml:1:5; keep one of the two"], {"a": {"b": 1}}, []),
    ("a: !!python/object/apply:os.system [ls]", [f"a.yaml:1:4: a: {TAG} (got !!python/object/apply:os.system); remove the tag"], {}, [("a",)]),
    ("a: !!str 5\nb: 1", [f"a.yaml:1:4: a: {TAG} (got !!str); quote the value instead"], {"b": 1}, [("a",)]),
    ("a: !foo {b: 1}", [f"a.yaml:1:4: a: {TAG} (got !foo); remove the tag"], {}, [("a",)]),
    ("a: ! 'x'", [f"a.yaml:1:4: a: {TAG} (got !); remove the tag"], {}, [("a",)]),
    ("!!str a: 1", [f"a.yaml:1:1: a: {TAG} (got !!str); quote the value instead"], {}, [("a",)]),
    ("!!map {a: 1}", [f"a.yaml:1:1: {TAG} (got !!map); remove the tag"], {}, [()]),
    ("1: x", ["a.yaml:1:1: 1: a key must be a string, and YAML reads this one as the integer 1 (got 1); name the field, or quote the key"], {}, [("1",)]),
    ("true: x", ["a.yaml:1:1: true: a key must be a string, and YAML reads this one as the boolean true (got true); name the field, or quote the key"], {}, [("true",)]),
    ("{a: 1, ~: x}", ["a.yaml:1:8: ~: a key must be a string, and YAML reads this one as null (got ~); name the field, or quote the key"], {"a": 1}, [("~",)]),
    ("? [b, c]\n: x", ["a.yaml:1:3: a key must be a string, not a list; write `name: value`"], {}, []),
    ("on: x", ["a.yaml:1:1: on: YAML 1.1 reads this as the boolean true, YAML 1.2 as a string (got on); name the field, or quote the key"], {}, [("on",)]),
    ("a: {b: 1e-5, c: 2}", ["a.yaml:1:8: a.b: YAML 1.1 reads this as a string, YAML 1.2 as the number 1e-05 (got 1e-5); write 1.0e-5 (or quote it to mean a string)"], {"a": {"c": 2}}, [("a", "b")]),
    ('a: "\\e"', ["a.yaml:1:4: a: holds the control character U+001B; write the text without it"], {}, [("a",)]),
    ("%YAML 1.2\n---\na: 1", ["a.yaml:1:1: a % directive is refused: a config is data; remove it"], {"a": 1}, []),
    ("%TAG !e! tag:e,1:\n---\na: 1", ["a.yaml:1:1: a % directive is refused: a config is data; remove it"], {"a": 1}, []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "data", "dropped"), REFUSED)
def test_a_refused_entry_is_left_out_and_reported(
    text: str, said: list[str], data: dict[str, Any], dropped: list[Any], each_loader: None
) -> None:
    document = parsed(text)
    assert [str(problem) for problem in document.problems] == said
    assert document.data == data
    assert document.dropped == frozenset(dropped)


def test_everything_is_reported_at_once() -> None:
    text = "a: on\nb: !x {c: 010}\nb: [yes]\n1: {d: 08}\n? {e: 1}\n: 0b1\nf: fine\n"
    starts = [said.split(": ")[0] for said in problems(text)]
    assert starts == [
        f"a.yaml:{at}" for at in ("1:4", "2:4", "2:11", "3:1", "3:5", "4:1", "4:8", "5:3", "6:3")
    ]
    assert parsed(text).data == {"f": "fine"}


def test_a_list_with_a_refused_item_is_left_out_whole() -> None:
    document = parsed("a: {b: [1, [2, on], {c: 08, d: 3}, {e: 4}]}")
    assert document.data == {"a": {}}
    assert document.dropped == {("a", "b"), ("a", "b", 1), ("a", "b", 1, 1), ("a", "b", 2, "c")}
    assert document.value_marks["a", "b", 3, "e"].column == 40


def test_the_places_of_refused_entries_are_kept() -> None:
    document = parsed("a: on\n1: x\n")
    assert str(document.key_marks["a",]) == "a.yaml:1:1"
    assert str(document.value_marks["a",]) == "a.yaml:1:4"
    assert str(document.key_marks["1",]) == "a.yaml:2:1"


def test_a_key_given_properly_and_improperly_is_not_dropped() -> None:
    document = parsed("on: 1\n'on': 2\n")
    assert document.data == {"on": 2}
    assert document.dropped == frozenset()


def test_a_key_given_twice_keeps_the_marks_of_the_first() -> None:
    document = parsed("a: {b: 1}\na: {b: on, c: 2}\n")
    assert document.data == {"a": {"b": 1}}
    assert document.value_marks["a", "b"].line == 1
    assert ("a", "c") not in document.value_marks
    assert document.dropped == frozenset()


def test_what_a_merge_would_have_given_is_not_missing() -> None:
    document = parsed("a: &a {x: 1, z: 2}\nb:\n  <<: [*a, {w: 3, <<: {v: 4}}]\n  x: 5\n")
    assert document.data == {"a": {"x": 1, "z": 2}, "b": {"x": 5}}
    assert document.dropped == {("b", "<<"), ("b", "z"), ("b", "w"), ("b", "v")}
    hint = "a merge key is refused: a config says each field in its place; write the fields out here"
    assert [str(problem) for problem in document.problems][:1] == [f"a.yaml:3:3: b.<<: {hint}"]


def test_control_characters_in_a_key_do_not_break_the_message() -> None:
    (said,) = problems('"a\\nb": on')
    assert said.startswith("a.yaml:1:9: 'a\\nb': YAML 1.1 reads")


# --- any text ---


@given(st.text(alphabet="ab:-[]{},'\"#&*!|>%@`?\\ \n\t01.~<=e", max_size=40))
def test_any_text_gives_a_document_or_a_config_error(text: str) -> None:
    try:
        document = parsed(text)
    except ConfigError as error:
        assert str(error).startswith("a.yaml")
        return
    assert document.dropped.isdisjoint(paths_of(document.data))
    assert set(paths_of(document.data)) <= document.value_marks.keys()
    if not document.problems:
        assert document.dropped == frozenset()
        assert repr(document.data) == repr(yaml.load(text, Loader=LOADERS[-1]))


def paths_of(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in the data but the document's own."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in children for found in ((*path, key), *paths_of(value, (*path, key)))]


# --- equality with PyYAML on what is unambiguous ---

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), max_size=12
).filter(lambda text: "\ufeff" not in text)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, trees, min_size=1, max_size=6), st.booleans())
def test_data_equals_safe_load_on_safe_documents(data: dict[str, Any], flow: bool) -> None:
    text = yaml.dump(data, Dumper=QuotingDumper, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    document = parsed(text)
    assert document.problems == ()
    assert repr(document.data) == repr(yaml.safe_load(text)) == repr(data)
    assert paths_of(data) == list(document.key_marks) == list(document.value_marks)[1:]


class QuotingDumper(yaml.SafeDumper):
    """Quotes every string, and writes numbers so that both versions of YAML read them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


QuotingDumper.add_representer(str, _quoted)


def test_every_bundled_config_is_read_as_safe_load_reads_it() -> None:
    configs = sorted((Path(__file__).parents[3] / "configs").rglob("*.yaml"))
    for config in configs:
        document = read_yaml(config)
        assert document.problems == ()
        assert document.data == yaml.safe_load(config.read_text(encoding="utf-8"))


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'hydra', 'omegaconf', 'numpy', 'pydantic', 'keras', 'tensorflow', 'difflib'}"
    code = f"import sys, unetgen.config.yaml.tree; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_special_floats() -> None:
    data = parsed("a: .inf\nb: .nan\n").data
    assert data["a"] == math.inf
    assert math.isnan(data["b"])
