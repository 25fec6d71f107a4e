# ruff: noqa: E501  (in the table an exact message stays on one line)
from __future__ import annotations

import pytest

from unetgen.config.yaml.errors import Mark
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
        assert (document.data, set(document.dropped)) == ({}, {("a",)})


def test_a_mark_prints_as_editors_link_it() -> None:
    assert str(Mark("configs/a.yaml", 7, 12)) == "configs/a.yaml:7:12"
