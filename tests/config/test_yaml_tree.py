# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

import math
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from unetgen.config import yaml_tree
from unetgen.config.yaml_tree import MAX_BYTES, MAX_DEPTH, MAX_NODES, Document, Mark, parse_yaml, read_yaml
from unetgen.errors import ConfigError

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def each_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_tree, "_LOADER", request.param)


def parsed(text: str) -> Document:
    return parse_yaml(text, "a.yaml")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in parsed(text).problems]


def fatal(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        parsed(text)
    return str(raised.value)


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


def test_a_mark_prints_as_editors_link_it() -> None:
    assert str(Mark("configs/a.yaml", 7, 12)) == "configs/a.yaml:7:12"


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


# --- anchors and aliases ---


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
    monkeypatch.setattr(yaml_tree._Tree, "value", None)  # nothing is turned into data
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


# --- what stops the reading ---

STOPPED = [
    ("", "a.yaml: is empty; a config is a YAML mapping"),
    (" \n\n", "a.yaml: is empty; a config is a YAML mapping"),
    ("# one\n# two\n", "a.yaml: holds only comments; a config is a YAML mapping"),
    ("- 1\n", "a.yaml:1:1: the top level must be a mapping, not a list; write `key: value` lines"),
    ("hello\n", "a.yaml:1:1: the top level must be a mapping, not a string; write `key: value` lines"),
    ("1\n", "a.yaml:1:1: the top level must be a mapping, not the integer 1; write `key: value` lines"),
    ("null\n", "a.yaml:1:1: the top level must be a mapping, not null; write `key: value` lines"),
    ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins here; one file holds one config"),
    ("a: 1\n---\n- [broken\n", "a.yaml:2:1: a second document begins here; one file holds one config"),
    ("a: *b\n", "a.yaml:1:4: an alias without its anchor (got *b); define it before with &b, or quote the text"),
    ("a: &base 1\nb: *bsae\n", "a.yaml:2:4: an alias without its anchor (got *bsae); did you mean `*base`?"),
    ("a: &a [*a]\n", "a.yaml:1:8: an alias that stands inside its own anchor (got *a); write the content out"),
    ("a: &a {b: {c: *a}}\n", "a.yaml:1:15: an alias that stands inside its own anchor (got *a); write the content out"),
    ("a: &a 1\nb: &a 2\n", "a.yaml:2:4: an anchor is given twice (got &a); give each anchor its own name"),
    ("a: \0", "a.yaml:1:4: holds the control character U+0000; is it a text file? Save it as plain UTF-8 text"),
    ("a: 1\nb: x\x1b[0m", "a.yaml:2:5: holds the control character U+001B; is it a text file? Save it as plain UTF-8 text"),
    ("a: x\u2028y", "a.yaml:1:5: holds the control character U+2028; is it a text file? Save it as plain UTF-8 text"),
    ("a: \ud800", "a.yaml:1:4: holds the control character U+D800; is it a text file? Save it as plain UTF-8 text"),
    ("a: b: c", "a.yaml:1:5: not valid YAML: a second `: ` where only a value can stand; check the indentation, and quote text that contains `: `"),
    ("a:\n\tb: 1", "a.yaml:2:1: not valid YAML: a tab cannot indent; indent with spaces"),
    ("a: @x", "a.yaml:1:4: not valid YAML: a value cannot begin with `@`; quote it"),
    ("a: [1, 2\nb: 3", "a.yaml:2:2: not valid YAML: this list is not closed, or lacks a comma (it begins at 1:4); write it as [a, b]"),
    ("a: {x: 1\n", "a.yaml:2:1: not valid YAML: this mapping is not closed, or lacks a comma (it begins at 1:4); write it as {a: 1, b: 2}"),
    ("a: 'x\n", "a.yaml:2:1: not valid YAML: this quoted text is not closed (it begins at 1:4); add the closing quote"),
    ("a: 1\n- b\n", "a.yaml:2:1: not valid YAML: this does not fit the lines before it; check the indentation and the quotes"),
    ("a: 1\nbc\nd: 2\n", "a.yaml:3:1: not valid YAML: a key without its colon; write `key: value`, with a space after the colon"),
    ("a: 'x'y", "a.yaml:1:7: not valid YAML: this does not fit the lines before it; check the indentation and the quotes"),
    ("a: [1,,2]", "a.yaml:1:7: not valid YAML: a value is missing here, or a bracket is not opened; write the value, or null"),
    ("a: !f!x 1", "a.yaml:1:4: not valid YAML: a tag that nothing declares; remove the tag: a config is data"),
    ("a: 1\n...\nb: 2", "a.yaml:3:1: not valid YAML: text after the end of the document; one file holds one config"),
    ("a: * b", "a.yaml:1:5: not valid YAML: `&` or `*` without a name; quote text that begins with `&` or `*`"),
    ("%YAML 2.0\n--- {a: 1}", "a.yaml:1:1: not valid YAML: a % directive is refused: a config is data; remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), STOPPED)
def test_what_stops_the_reading_says_where_and_what_to_do(text: str, said: str, each_loader: None) -> None:
    assert fatal(text) == said


@pytest.mark.parametrize("text", ['a: "\\q"', 'a: "\\ud800"', 'a: "\\Uffffffff"', 'a: "\\xZZ"'])
def test_bad_escapes_never_give_data(text: str, each_loader: None) -> None:
    try:
        document = parsed(text)
    except ConfigError as error:
        assert "not valid YAML" in str(error)
    else:
        assert (document.data, document.dropped) == ({}, {("a",)})


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
    configs = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
    for config in configs:
        document = read_yaml(config)
        assert document.problems == ()
        assert document.data == yaml.safe_load(config.read_text(encoding="utf-8"))


# --- files ---


def fatal_file(file: Path, shown_as: str | None = "a.yaml") -> str:
    with pytest.raises(ConfigError) as raised:
        read_yaml(file, shown_as)
    return str(raised.value)


def write(folder: Path, name: str, content: bytes = b"a: 1\n") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_file_is_called_by_its_path_or_as_told(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", b"a: on\n")
    assert str(read_yaml(file).value_marks["a",]) == f"{file}:1:4"
    assert read_yaml(file, "shown.yaml").problems[0].where == "shown.yaml:1:4"


def test_a_missing_file_names_its_nearest_sibling(tmp_path: Path) -> None:
    write(tmp_path, "unet3d_depth2.yaml")
    write(tmp_path, "other.yaml")
    for name in ("unet3d_dept2.yaml", "unet3d-depth2.yaml", "unet3d_depth2.yml", "unet3d_depth2"):
        said = f"a.yaml: no such file; did you mean {tmp_path / 'unet3d_depth2.yaml'}?"
        assert fatal_file(tmp_path / name) == said
    assert fatal_file(tmp_path / "zzz.yaml") == "a.yaml: no such file"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    said = f"a.yaml: no such file; its folder {tmp_path / 'no'} does not exist"
    assert fatal_file(tmp_path / "no" / "a.yaml") == said


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert fatal_file(tmp_path) == "a.yaml: is a folder, not a config file; name one of its .yaml files"


def test_yml_is_refused_because_hydra_prefers_a_sibling(tmp_path: Path) -> None:
    said = (
        "a.yml: must end in .yaml (got .yml); rename it to a.yaml, which Hydra silently prefers if both exist"
    )
    assert fatal_file(write(tmp_path, "a.yml"), "a.yml") == said


@pytest.mark.parametrize(("name", "got"), [("a.json", ".json"), ("a.YAML", ".YAML"), ("a", "no suffix")])
def test_other_suffixes_are_refused(tmp_path: Path, name: str, got: str) -> None:
    assert fatal_file(write(tmp_path, name)) == f"a.yaml: must end in .yaml (got {got}); is it a config?"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert fatal_file(tmp_path / "a.yaml") == "a.yaml: is not a regular file"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = write(tmp_path, "a.yaml")
    monkeypatch.setattr(Path, "open", denied)  # chmod does not stop root
    assert fatal_file(file) == "a.yaml: permission denied; make it readable"


def test_a_name_that_the_system_refuses(tmp_path: Path) -> None:
    assert fatal_file(tmp_path / ("x" * 5000 + ".yaml")).startswith("a.yaml: cannot be read: ")
    assert fatal_file(tmp_path / "x\0.yaml") == "a.yaml: no such file"


def test_size_is_limited(tmp_path: Path) -> None:
    content = b"a: 1\n#" + b"x" * MAX_BYTES
    assert read_yaml(write(tmp_path, "a.yaml", content[:MAX_BYTES])).data == {"a": 1}
    said = "a.yaml: is larger than 256 KiB; a config is far smaller"
    assert fatal_file(write(tmp_path, "a.yaml", content[: MAX_BYTES + 1])) == said


def test_a_utf8_byte_order_mark_is_fine(tmp_path: Path) -> None:
    document = read_yaml(write(tmp_path, "a.yaml", "a: ü\n".encode("utf-8-sig")))
    assert document.data == {"a": "ü"}
    assert document.key_marks["a",].column == 1


@pytest.mark.parametrize("codec", ["utf-16", "utf-32"])
def test_other_unicode_encodings_are_named(tmp_path: Path, codec: str) -> None:
    said = f"a.yaml: is not UTF-8 (got {codec.upper()}); save it as UTF-8"
    assert fatal_file(write(tmp_path, "a.yaml", "a: 1\n".encode(codec))) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \xe9t\xe9\n", "a.yaml:2:4: is not UTF-8 (got the byte 0xe9); save it as UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "a.yaml:1:2: holds the control character U+0000; "
                                       "is it a text file? Save it as plain UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n", "a.yaml:1:1: is not UTF-8 (got the byte 0x89); save it as UTF-8"),
    ],
)  # fmt: skip
def test_other_bytes_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert fatal_file(write(tmp_path, "a.yaml", content)) == said


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'hydra', 'omegaconf', 'numpy', 'pydantic', 'keras', 'tensorflow', 'difflib'}"
    code = f"import sys, unetgen.config.yaml_tree; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_special_floats() -> None:
    data = parsed("a: .inf\nb: .nan\n").data
    assert data["a"] == math.inf
    assert math.isnan(data["b"])
