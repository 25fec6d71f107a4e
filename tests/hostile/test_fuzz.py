"""Whatever the input, it is valid or refused in words: never a traceback, never half a minute."""

from __future__ import annotations

import contextlib
import copy
import io
import os
import re
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from unetgen.cli import main
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source
from unetgen.config.validation import validate
from unetgen.config.yaml.tree import parse_yaml
from unetgen.errors import ConfigError

RICH = Path(__file__).with_name("rich.yaml").read_text(encoding="utf-8")
DATA = {**parse_yaml(RICH, "rich.yaml").data, "seed": 3}
EXAMPLES = int(os.environ.get("UNETGEN_FUZZ_EXAMPLES", "150"))
QUICK = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))

WORDS = st.sampled_from(
    [*UNetConfig.model_fields, "kind", "name", "rate", "shape", "size", "conv", "relu", "plain", "residual"]
)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, 2, 3, -1, 7, 64, 2**31, 2**64, 10**380, 0.5, -0.5, 1e-300, 1e300]),
    st.sampled_from([float("nan"), float("inf"), -float("inf")]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.text(max_size=5))
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)


def checked(data: dict[str, Any]) -> None:
    """Valid, or refused with one line for each problem, each with the place and no name of ours."""
    try:
        validate(Source("a.yaml", data))
    except ConfigError as error:
        assert error.problems
        for line in str(error).splitlines():
            assert line.startswith("a.yaml: ")
            assert not re.search(r"pydantic|Traceback|function-|literal\[|tuple\[|^a.yaml: : ", line), line
        assert len(set(map(str, error.problems))) == len(error.problems)


@QUICK
@given(st.dictionaries(WORDS | st.text(max_size=4), TREES, max_size=6))
@example({"kind": "input"})
@example({"topology": {"kind": "kind"}})
def test_any_tree(data: dict[str, Any]) -> None:
    checked(data)


@QUICK
@given(st.data())
def test_a_valid_config_with_any_value_in_any_place(data: st.DataObject) -> None:
    config = copy.deepcopy(DATA)
    for _ in range(data.draw(st.integers(1, 3))):
        damage(config, data)
    checked(config)


def damage(config: dict[str, Any], data: st.DataObject) -> None:
    """Delete, replace, rename or repeat one entry, wherever it is."""
    holder, key = data.draw(st.sampled_from(list(entries(config))), label="where")
    what = data.draw(st.sampled_from(["delete", "replace", "rename", "repeat", "wrap"]), label="what")
    if what == "delete":
        del holder[key]
    elif what == "replace":
        holder[key] = data.draw(TREES, label="value")
    elif what == "wrap":
        holder[key] = [holder[key]] if data.draw(st.booleans()) else {"kind": holder[key]}
    elif isinstance(holder, dict):
        name = data.draw(WORDS | st.just(f"{key}s"), label="name")
        holder[name] = holder.pop(key) if what == "rename" else holder[key]
    else:
        holder.insert(key, holder[key])


def entries(holder: Any) -> Iterator[tuple[Any, Any]]:
    """Every (mapping or list, key) in the tree."""
    pairs = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
    for key, value in pairs:
        yield holder, key
        if isinstance(value, dict | list):
            yield from entries(value)


@pytest.mark.parametrize("field", sorted(UNetConfig.model_fields))
@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 10**380, 1.5, float("nan"), float("inf"), "", "x", [], [[]], [0], [None], {},
     {"kind": 1}, {"kind": []}, {"x": 1}, [{"kind": "x"}], {"kind": {"kind": "x"}}],
    ids=repr,
)  # fmt: skip
def test_each_field_with_each_odd_value(field: str, value: object) -> None:
    checked({**copy.deepcopy(DATA), field: value})


CHARACTERS = st.sampled_from([*string.printable, "é", "\u2028", "\x00", "\x1b", "\ufeff"])
TOKENS = st.text(CHARACTERS, max_size=3) | st.sampled_from(
    ["${", "<<: ", "!!str ", "&a ", "*a", "---\n", ": "]
)


@QUICK
@given(st.data())
@example(data=None)
def test_a_valid_file_with_its_text_damaged(data: st.DataObject | None) -> None:
    text = RICH if data is None else damaged_text(data)
    code, out, err = validated(text.encode("utf-8", "surrogatepass"))
    assert code == (0 if data is None else code)
    assert code in (0, 2)
    assert bool(err) == (code == 2)
    assert bool(out) == (code == 0)
    assert all(line.startswith("a.yaml") for line in err.splitlines()), err


def damaged_text(data: st.DataObject) -> str:
    """The rich config after a few random edits."""
    text = RICH
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)), label="at")
        if data.draw(st.booleans(), label="of a line"):
            lines = text.splitlines(keepends=True)
            line = data.draw(st.sampled_from(lines), label="line")
            lines.insert(data.draw(st.integers(0, len(lines))), line)
            text = "".join(lines)
        else:
            stop = start + data.draw(st.integers(0, 6), label="cut")
            text = text[:start] + data.draw(TOKENS, label="put") + text[stop:]
    return text


@QUICK
@given(st.binary(max_size=80))
def test_any_bytes(raw: bytes) -> None:
    code, out, err = validated(raw)
    assert (code, out) == (2, "")
    assert err.startswith("a.yaml")


def validated(raw: bytes) -> tuple[int, str, str]:
    """What `unetgen validate` makes of a file."""
    out, err = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("a.yaml").write_bytes(raw)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["validate", "a.yaml"])
        assert [path.name for path in Path().iterdir()] == ["a.yaml"]
    return code, out.getvalue(), err.getvalue()


OVERRIDES = st.tuples(
    st.sampled_from(["", "+", "++", "~"]),
    st.lists(WORDS | st.sampled_from(["0", "1", "-1", "x"]), min_size=1, max_size=3).map(".".join),
    SCALARS.map(str) | TOKENS | TREES.map(lambda tree: yaml.safe_dump(tree).strip()),
).map(lambda parts: f"{parts[0]}{parts[1]}={parts[2]}")


@QUICK
@given(st.lists(OVERRIDES, min_size=1, max_size=3))
@example(["name=" + "x" * 300])
@example(["0=" + "1" * 300])
def test_any_overrides(overrides: list[str]) -> None:
    err = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(err),
    ):
        Path("a.yaml").write_text(RICH, encoding="utf-8")
        try:
            code = main(["validate", "a.yaml", *overrides])
        except SystemExit as stop:  # what begins with a dash is an option that does not exist
            code = int(stop.code or 0)
    assert code in (0, 2)
    assert bool(err.getvalue()) == (code == 2)
