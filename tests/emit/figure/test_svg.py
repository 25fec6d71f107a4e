from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.emit.figure.drawn import PICTURE, SHAPES, SPECIAL
from unetgen.emit.figure.shapes import Text
from unetgen.emit.figure.svg import number, svg

SPACE = "{http://www.w3.org/2000/svg}"
ROOT = ElementTree.fromstring(svg(PICTURE))


def test_the_size_on_paper_is_in_points() -> None:
    assert (ROOT.get("width"), ROOT.get("height")) == ("245pt", "110.25pt")
    assert ROOT.get("viewBox") == "0 0 245 110.25"


def test_it_says_what_it_shows() -> None:
    assert ROOT.get("role") == "img"
    title, desc = ROOT.find(f"{SPACE}title"), ROOT.find(f"{SPACE}desc")
    assert title is not None
    assert desc is not None
    assert (title.text, desc.text) == (PICTURE.title, PICTURE.description)
    assert ROOT.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"


def test_labels_are_text_in_a_common_face() -> None:
    found = [element.text for element in ROOT.iter(f"{SPACE}text")]
    assert found == [shape.text for shape in SHAPES if isinstance(shape, Text)]
    assert SPECIAL in found
    assert ROOT.get("font-family") == "Roboto, Arial, Helvetica, sans-serif"


def test_every_shape_is_there_in_order() -> None:
    tags = [e.tag.removeprefix(SPACE) for e in ROOT.iter()]
    drawn = [tag for tag in tags if tag in {"polygon", "circle", "path", "text"}]
    assert drawn == [
        "polygon", "text", "path", "polygon", "polygon", "text", "path", "path", "polygon", "circle", "text",
        "text", "text",
    ]  # fmt: skip


def test_ids_are_unique_and_begin_with_the_prefix() -> None:
    ids = [found for element in ROOT.iter() if (found := element.get("id"))]
    assert len(ids) == len(set(ids)) == 5
    assert all(re.fullmatch(r"u1234abcd-[\w-]+", each) for each in ids)
    other = ElementTree.fromstring(svg(replace(PICTURE, prefix="u99")))
    assert not set(ids) & {element.get("id") for element in other.iter()}


def test_groups_are_told_apart() -> None:
    groups = [element.get("data-group") for element in ROOT.iter(f"{SPACE}g")]
    assert groups == ["input", "level 0", "a & b", "input"]


def test_nothing_runs_and_nothing_is_loaded() -> None:
    text = svg(PICTURE)
    assert not re.search(r"<script|<image|<style|href|url\(|@import|\son\w+=", text)
    assert text.count("http") == 1  # the name space


def test_a_background_is_drawn_first() -> None:
    root = ElementTree.fromstring(svg(replace(PICTURE, background="#121212")))
    first = root[2]
    assert (first.tag, first.get("fill")) == (f"{SPACE}rect", "#121212")
    assert (first.get("width"), first.get("height")) == ("245", "110.25")


def test_characters_that_xml_cannot_hold() -> None:
    named = replace(PICTURE, title="a\x00b\x1bc", shapes=(Text((0, 0), "\ud800\x07", 6.5),))
    assert ElementTree.fromstring(svg(named))[0].text == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0004, "0"),
        (100.0, "100"),
        (1.25, "1.25"),
        (2 / 3, "0.667"),
        (-1.5, "-1.5"),
        (1e-9, "0"),
    ],
)
def test_numbers_have_one_form(value: float, text: str) -> None:
    assert number(value) == text
