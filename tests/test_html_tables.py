"""What a notebook shows of a config, a plan and a summary, and how short they are elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

import unetgen
from unetgen.analysis.summary import Summary
from unetgen.config.lowering import lower
from unetgen.html_tables import table, titled

NETWORKS = [
    ("quickstart2d", ()),
    ("unet3d_depth2", ()),
    ("quickstart2d", ("input.shape=[null,40]", "execution=fast")),
    ("unet_3_plus", ()),
    ("quickstart2d", ("tasks=[{name: edges, num_classes: 1}]", "norm=batch")),
]
HOSTILE = "<script>alert('&')</script>\x1b\u202e"


def shown(value: Any) -> list[list[list[str]]]:
    """The tables of what a notebook shows, which is one piece of well-formed HTML."""
    page = ElementTree.fromstring(value._repr_html_())
    return [[[cell.text or "" for cell in row] for row in each.iter("tr")] for each in page.iter("table")]


def number(text: str) -> int:
    return int(text.replace(",", "") or 0)


@pytest.mark.parametrize(("name", "overrides"), NETWORKS)
def test_levels_and_layers_come_to_the_whole_plan(name: str, overrides: tuple[str, ...]) -> None:
    plan = unetgen.plan(unetgen.load(name, overrides))
    (_, *levels), (_, *layers) = shown(plan)
    assert [row[0] for row in layers] == [node.name for node in plan.nodes]
    assert sum(number(row[1]) for row in levels) == len(plan.nodes)
    for rows in (levels, layers):
        assert sum(number(row[3]) for row in rows) == plan.params
        assert sum(number(row[4]) for row in rows) == plan.macs
    assert len({row[0] for row in levels}) > 4


@pytest.mark.parametrize(("name", "overrides"), NETWORKS)
def test_a_summary_says_what_show_says(name: str, overrides: tuple[str, ...]) -> None:
    summary = unetgen.summary(unetgen.load(name, overrides), batch=2)
    facts, levels, layers = shown(summary)
    said = dict(facts)
    assert number(said["parameters"].split()[0].rstrip(",")) == summary.params.total
    assert number(said["MACs"].split()[0]) == summary.macs
    assert said["memory, batch of 2"].startswith(f"{summary.memory.inference_bytes / 2**20:,.1f} MiB")
    assert said["fingerprint"] == summary.fingerprint
    assert any(fact.startswith("rewritten for") for fact in said) == (summary.gains is not None)
    assert len(layers) == len(summary.layers) + 1
    assert levels[1][2] == layers[1][2] == "×".join(map(str, summary.layers[0].output_shape))


def test_a_config_shows_what_it_sets_and_nothing_else() -> None:
    config = unetgen.load("quickstart2d", ["up={kind: transposed, kernel: 3}", "norm=batch", "seed=7"])
    (rows,) = shown(config)
    assert ["up", "kind", "transposed"] in rows
    assert ["", "kernel", "3"] in rows
    assert ["norm", "", "batch"] in rows
    assert ["seed", "", "7"] in rows
    assert not {"kernel_regularizer", "topology"} & {row[0] for row in rows}


def test_a_header_without_words_is_left_out() -> None:
    assert "<th " in table(("", "b"), [["1", "2"]])
    assert "<th " not in table(("", ""), [["1", "2"]])


def test_every_text_is_escaped() -> None:
    config = unetgen.load("quickstart2d").model_copy(update={"name": HOSTILE, "source": HOSTILE})
    named = replace(lower(unetgen.load("quickstart2d")), config=config)
    for value in (config, Summary(named)):
        html = value._repr_html_()
        assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)" in html
        assert not re.search("<script|\x1b|\u202e", html)
    plan = named.plan
    first = replace(plan.nodes[0], name=HOSTILE)
    other = replace(plan, nodes=(first, replace(plan.nodes[1], inputs=(HOSTILE,))), outputs=(HOSTILE,))
    assert "&lt;script&gt;" in other._repr_html_()
    assert "<script" not in other._repr_html_()
    assert "<script" not in titled(HOSTILE, HOSTILE, table([HOSTILE], [[HOSTILE]]))


def test_colours_are_the_pages_own() -> None:
    html = unetgen.summary(unetgen.load("quickstart2d"))._repr_html_()
    colours = re.findall(r"(?:color|background|border[\w-]*):([^;\"]+)", html)
    assert set(colours) <= {
        "inherit",
        "none",
        "1px solid color-mix(in srgb,currentColor 25%,transparent)",
    } | {"collapse"}
    assert not re.search(r"#[0-9a-f]{3,6}\b|class=|<style|<link|src=|href=", html)


@pytest.mark.parametrize(("name", "overrides"), NETWORKS)
def test_printed_they_are_one_line(name: str, overrides: tuple[str, ...]) -> None:
    config = unetgen.load(name, overrides)
    plan, summary, figure = unetgen.plan(config), unetgen.summary(config), unetgen.figure(config)
    for value in (config, plan, summary, figure):
        assert str(value) == repr(value)
        assert "\n" not in repr(value)
        assert len(repr(value)) < 160
    assert f"{plan.params:,} parameters" in repr(plan)
    assert config.name in repr(config)
    assert repr(replace(plan, nodes=(), outputs=())) == "<Plan of 0 layers>"


def test_they_are_equal_as_before() -> None:
    config, same = unetgen.load("quickstart2d"), unetgen.load("quickstart2d")
    other = unetgen.load("quickstart2d", ["seed=1", "kernel_initializer=he_normal"])
    assert config == same != other
    assert unetgen.plan(config) == unetgen.plan(same) != unetgen.plan(other)
    assert repr(unetgen.plan(config)) == repr(unetgen.plan(other))  # a short form tells less than equality
