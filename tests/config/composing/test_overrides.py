# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from unetgen.config.composing import overrides as overriding
from unetgen.config.source import Source
from unetgen.config.yaml.tree import parse_yaml
from unetgen.errors import ConfigError

FILE = """\
depth: 3
filters: [[8, 16], [16, 32], 64]
up: {kind: nearest, conv: 3}
down: max_pool
skip: {kind: concat, axis: 1}
dropout: 0.1
decoder: null
resize: refuse
compile: {optimizer: adam, loss: [dice, {kind: huber, delta: 2.0}]}
"1": {a: x}
"""


def applied(*overrides: str, file: str = FILE) -> Source:
    source = Source.of(parse_yaml(file, "a.yaml"), "a.yaml")
    overriding.apply(source, overriding.parse(overrides))
    return source


def changed(*overrides: str, file: str = FILE) -> Any:
    """What differs from the file at the top level."""
    source = applied(*overrides, file=file)
    assert source.problems == []
    before = yaml.safe_load(file)
    assert before.keys() - source.data.keys() <= {
        override.lstrip("~").split("=")[0] for override in overrides
    }
    return {key: value for key, value in source.data.items() if key not in before or value != before[key]}


def unparsed(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        overriding.parse([text])
    return str(raised.value)


# --- values ---

SET = [
    ("depth=4", {"depth": 4}),
    ("+seed=1", {"seed": 1}),
    ("++depth=5", {"depth": 5}),
    ("filters.0.1=5", {"filters": [[8, 5], [16, 32], 64]}),
    ("filters.2=[1, 2,  3]", {"filters": [[8, 16], [16, 32], [1, 2, 3]]}),
    ("compile.loss.1.delta=1e-5", {"compile": {"optimizer": "adam", "loss": ["dice", {"kind": "huber", "delta": 1e-5}]}}),
    ("compile.loss.0.weight=2", {"compile": {"optimizer": "adam", "loss": [{"kind": "dice", "weight": 2}, {"kind": "huber", "delta": 2.0}]}}),
    ("compile.optimizer.learning_rate=1e-5", {"compile": {"optimizer": {"kind": "adam", "learning_rate": 1e-5}, "loss": ["dice", {"kind": "huber", "delta": 2.0}]}}),
    ("source='x y, z: {1}'", {"source": "x y, z: {1}"}),
    ('source="it\'s"', {"source": "it's"}),
    (r"source='it\'s'", {"source": "it's"}),
    (r"source=a\,b\ c\=d", {"source": "a,b c=d"}),
    ("source=two words", {"source": "two words"}),
    ("source=", {"source": ""}),
    ("source='3'", {"source": "3"}),
    ("depth=010", {"depth": "010"}),
    ("depth=1_000", {"depth": 1000}),
    ("depth=int(3.5)", {}),
    ("filters=null", {"filters": None}),
    ("use_bias=False", {"use_bias": False}),
    ("1.a=y", {"1": {"a": "y"}}),
    ("1.2=y", {"1": {"a": "x", "2": "y"}}),
    ("seed=${depth}", {"seed": "${depth}"}),
    ("up=transposed", {"up": "transposed"}),
    ("up.kind=transposed", {"up": {"kind": "transposed", "conv": 3}}),
    ("up={kind: transposed, filters: keep}", {"up": {"kind": "transposed", "filters": "keep"}}),
    ("up={kind: nearest, filters: keep}", {"up": {"kind": "nearest", "conv": 3, "filters": "keep"}}),
    ("up={filters: 5}", {"up": {"kind": "nearest", "conv": 3, "filters": 5}}),
    ("+up={filters: 5}", {"up": {"kind": "nearest", "conv": 3, "filters": 5}}),
    ("up={}", {}),
    ("up.conv.norm=false", {"up": {"kind": "nearest", "conv": {"kernel": 3, "norm": False}}}),
    ("down.size=3", {"down": {"kind": "max_pool", "size": 3}}),
    ("down={size: 3}", {"down": {"kind": "max_pool", "size": 3}}),
    ("dropout.place=block_end", {"dropout": {"rate": 0.1, "place": "block_end"}}),
    ("dropout={kind: spatial}", {"dropout": {"rate": 0.1, "kind": "spatial"}}),
    ("resize.interpolation=linear", {"resize": {"policy": "refuse", "interpolation": "linear"}}),
    ("decoder.norm.kind=batch", {"decoder": {"norm": {"kind": "batch"}}}),
    ("block.convs=3", {"block": {"kind": "plain", "convs": 3}}),
    ("head.kernel=3", {"head": {"kernel": 3}}),
    ("~up", {}),
    ("~depth=3", {}),
]  # fmt: skip


@pytest.mark.parametrize(("override", "expected"), SET)
def test_an_override_changes_just_what_it_names(override: str, expected: dict[str, Any]) -> None:
    assert changed(override) == expected


def test_overrides_apply_in_order() -> None:
    assert changed("up.conv=5", "up=linear", "up.conv=7", "depth=4", "depth=5") == {
        "up": {"kind": "linear", "conv": 7},
        "depth": 5,
    }


def test_an_optimizer_at_its_default_takes_options() -> None:
    source = applied("compile.optimizer.learning_rate=0.1", file="depth: 2\n")
    assert source.data["compile"] == {"optimizer": {"kind": "adam", "learning_rate": 0.1}}


_names = st.sampled_from(["a", "b", "c"])
_leaves = st.integers(-9, 9) | st.booleans() | st.none() | st.lists(st.integers(0, 9), max_size=3)
_trees = st.dictionaries(
    _names, st.recursive(_leaves, lambda t: st.dictionaries(_names, t, max_size=3)), max_size=3
)


@given(
    _trees,
    st.lists(_names, min_size=1, max_size=3).map(".".join),
    st.sampled_from(["", "+", "++", "~"]),
    _leaves | _trees,
)
def test_where_hydra_takes_an_override_it_means_the_same(data: Any, key: str, sign: str, value: Any) -> None:
    flow = yaml.safe_dump(value, default_flow_style=True, width=10**6).replace("\n...", "").strip()
    text = f"{sign}{key}" if sign == "~" else f"{sign}{key}={flow}"
    tree = OmegaConf.create(data)
    OmegaConf.set_struct(tree, True)
    try:
        ConfigLoaderImpl._apply_overrides_to_config(OverridesParser.create().parse_overrides([text]), tree)
    except Exception:
        return
    source = Source("a", data)
    overriding.apply(source, overriding.parse([text]))
    if any("is a single value" in problem.message for problem in source.problems):
        assert sign in ("+", "++")  # there Hydra silently replaces the value by a mapping
        return
    assert source.problems == []
    assert source.data == OmegaConf.to_container(tree)


# --- refusals ---

UNPARSED = [
    ("depth", "override 'depth': cannot be read: missing EQUAL at '<EOF>'; write key=value, as in Hydra, and quote text that has special characters"),
    ("a b=c", "override 'a b=c': cannot be read: token recognition error at: ' '; write key=value, as in Hydra, and quote text that has special characters"),
    ("=3", "override '=3': has no key; write key=value, as in Hydra"),
    ("@a=3", "override '@a=3': has no key; write key=value, as in Hydra"),
    ("depth=2,3", "override 'depth=2,3': gives several values; only `unetgen sweep` takes them; a list is key=[a,b]"),
    ("depth=range(3)", "override 'depth=range(3)': gives several values; only `unetgen sweep` takes them; a list is key=[a,b]"),
    ("hydra.run.dir=x", "override 'hydra.run.dir=x': `hydra` settings belong to `unetgen sweep`"),
    ("+hydra/launcher=x", "override '+hydra/launcher=x': `hydra` settings belong to `unetgen sweep`"),
    ("source='a\x1b'", "override \"source='a\\x1b'\": holds the control character U+001B"),
    ("a=" + "[" * 40 + "]" * 40, f"override 'a={'[' * 40}{']' * 40}': nested deeper than 32 levels"),
    (".".join("a" * 33) + "=1", f"override '{'.'.join('a' * 33)}=1': nested deeper than 32 levels"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), UNPARSED)
def test_what_is_no_override_is_refused(text: str, message: str) -> None:
    assert unparsed(text) == message


def test_deeply_nested_text_gives_no_traceback() -> None:
    assert "nested deeper than 32 levels" in unparsed("a=" + "[" * 5000 + "]" * 5000)


def test_all_unusable_overrides_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        overriding.parse(["depth", "x=1", "hydra.x=1", "a=1,2"])
    assert len(raised.value.problems) == 3


MISFITS = [
    ("+depth=4", "override '+depth=4': depth: is already there, it cannot be added; leave out the `+`, no field needs it"),
    ("filters.3=1", "override 'filters.3=1': filters: is a list of 3 (got '3'); its items are 0 to 2"),
    ("filters.x=1", "override 'filters.x=1': filters: is a list of 3 (got 'x'); its items are 0 to 2"),
    ("filters.0.2=1", "override 'filters.0.2=1': filters.0: is a list of 2 (got '2'); its items are 0 to 1"),
    ("depth.x=1", "override 'depth.x=1': depth: is a single value, nothing can be set inside it (got 3)"),
    ("~seed", "override '~seed': seed: is not there to be deleted; one of: depth, filters, up, down, skip, dropout, decoder, resize, compile, 1"),
    ("~skip.axs", "override '~skip.axs': skip.axs: is not there to be deleted; did you mean `axis`?"),
    ("~depth=4", "override '~depth=4': depth: is not 4, so it is not deleted (got 3)"),
    ("~depth=", "override '~depth=': depth: is not '', so it is not deleted (got 3)"),
    ("~filters.0", "override '~filters.0': filters.0: is an item of a list, it cannot be deleted; give the whole list instead"),
    ("norm@decoder.norm=batch", "override 'norm@decoder.norm=batch': chooses no config group: no defaults list has `norm` there; write decoder.norm=batch"),
    ("up/kind=linear", "override 'up/kind=linear': chooses no config group: no defaults list has `up/kind`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISFITS)
def test_an_override_that_does_not_fit_is_told_and_changes_nothing(text: str, message: str) -> None:
    source = applied(text)
    assert [str(problem) for problem in source.problems] == [message]
    assert source.data == yaml.safe_load(FILE)


# --- places ---


def test_places_follow_the_values() -> None:
    source = applied("up={filters: 5}", "skip={kind: add}", "down.size=3", "filters.0.1=4", "decoder.convs=2")
    where = {
        ("up", "kind"): "a.yaml:3:12",
        ("up", "filters"): "override 'up={filters: 5}'",
        ("up",): "a.yaml:3:5",
        ("skip",): "override 'skip={kind: add}'",
        ("skip", "axis"): "override 'skip={kind: add}'",
        ("down", "kind"): "a.yaml:4:7",
        ("down", "size"): "override 'down.size=3'",
        ("filters", 0, 0): "a.yaml:2:12",
        ("filters", 0, 1): "override 'filters.0.1=4'",
        ("decoder",): "override 'decoder.convs=2'",
    }
    assert {path: source.where(path) for path in where} == where
    assert source.where(("down", "size"), key=True) == "override 'down.size=3'"


def test_an_override_of_a_refused_value_makes_up_for_it() -> None:
    source = applied("depth=2", file="depth: on\nup: {kind: linear, conv: on}\n")
    assert source.data["depth"] == 2
    assert source.dropped == {("up", "conv")}


# --- speed ---


def test_a_plain_value_costs_little_beside_hydras_parser() -> None:
    parsed = overriding.parse([f"up.filters={n}" for n in range(200)])
    source = Source.of(parse_yaml(FILE, "a.yaml"), "a.yaml")
    overriding.apply(source, parsed[:1])
    begin = time.process_time()
    overriding.apply(source, parsed)
    assert (time.process_time() - begin) / len(parsed) < 1e-3
