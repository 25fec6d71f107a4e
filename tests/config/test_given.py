"""`unetgen.load` takes a file, a name, YAML text or a mapping, and says which of them it took."""

# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

import unetgen
from unetgen.errors import ConfigError

TEXT = """\
input: {shape: [32, 48], channels: 1}
depth: 3
base_filters: 8
num_classes: 2
"""
DATA: dict[str, Any] = {
    "input": {"shape": [32, 48], "channels": 1},
    "depth": 3,
    "base_filters": 8,
    "num_classes": 2,
}


def said(given: Any, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        unetgen.load(given, overrides)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize("overrides", [(), ("depth=4", "up.kind=transposed"), ("up=transposed", "+seed=3")])
def test_a_file_a_text_and_a_mapping_say_the_same(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    (tmp_path / "unet.yaml").write_text(TEXT, encoding="utf-8")
    ways: list[Any] = [
        tmp_path / "unet.yaml",
        str(tmp_path / "unet.yaml"),
        TEXT,
        DATA,
        MappingProxyType(DATA),
    ]
    configs = [unetgen.load(each, overrides) for each in ways]
    assert all(config == configs[0] for config in configs)
    assert configs[0].depth == (4 if "depth=4" in overrides else 3)


def test_a_mapping_is_left_as_it_was() -> None:
    data = {**DATA, "input": {"shape": [32, 48]}, "up": {"kind": "nearest"}}
    unetgen.load(data, ["up.kind=transposed", "input.channels=3", "depth=2"])
    assert data == {**DATA, "input": {"shape": [32, 48]}, "up": {"kind": "nearest"}}


def test_what_python_has_in_place_of_plain_data() -> None:
    image = np.zeros((32, 48, 1))
    given = {
        "input": {"shape": image.shape[:-1], "channels": np.int64(1)},
        "depth": np.uint8(3),
        "base_filters": 8,
        "num_classes": len(np.unique([0, 7])),
    }
    assert unetgen.load(given) == unetgen.load(TEXT)
    encoded = {
        "input": {"shape": [64, 64], "channels": 3},
        "depth": 6,
        "num_classes": 2,
        "encoder": {"kind": "resnet18", "weights": PurePosixPath("a/b.pt")},
        "decoder": {"filters": [16, 32, 64, 128, 256]},
    }
    config = unetgen.load(encoded)
    assert config.encoder is not None
    assert config.encoder.weights is not None
    assert config.encoder.weights.place == Path("a/b.pt")


def test_any_real_number_is_one_of_a_file() -> None:
    given = unetgen.load({**DATA, "norm": {"kind": "batch", "momentum": Fraction(1, 2)}})
    assert given == unetgen.load(TEXT, ["norm={kind:batch,momentum:0.5}"])


def test_references_are_resolved_in_both() -> None:
    assert unetgen.load({**DATA, "seed": "${depth}"}).seed == 3
    assert unetgen.load(TEXT + "seed: ${base_filters}\n", ["base_filters=4"]).seed == 4


@pytest.mark.parametrize(
    "text", [TEXT, f"\ufeff{TEXT}", TEXT.replace("\n", "\r\n"), f"{{{TEXT.strip()}}}".replace("\n", ", ")]
)
def test_text_of_one_line_or_many(text: str) -> None:
    assert unetgen.load(text) == unetgen.load(DATA)


WRONG_DATA: list[tuple[Mapping[Any, Any], tuple[str, ...], list[str]]] = [
    ({**DATA, "depth": 1}, (), ["dict: depth: must be at least 2 (got 1)"]),
    ({**DATA, "up": {"kind": "nearest", "conv": {"kernl": 3}}}, (), ["dict: up.conv.kernl: unknown key; did you mean `kernel`?"]),
    ({**DATA, "depth": 1}, ("num_classes=x",), ["dict: depth: must be at least 2 (got 1)", "override 'num_classes=x': num_classes: must be a whole number (got 'x')"]),
    ({**DATA, "seed": {1, 2}}, (), ["dict: seed: must be plain data: text, a number, a list or a mapping (got {1, 2})"]),
    ({**DATA, "input": {"shape": [32, 1 + 2j]}}, (), ["dict: input.shape.1: must be plain data: text, a number, a list or a mapping (got (1+2j))"]),
    ({**DATA, 3: 4}, (), ["dict: keys must be text (got 3)"]),
    ({**DATA, "name": "a b"}, ("depth=3",), ["dict: name: must begin with a letter or digit, and have only letters, digits, `.`, `_` and `-` (got 'a b')"]),
    ({**DATA, "seed": "${dept}"}, (), ["dict: seed: refers to `dept`, which is not there (got '${dept}'); did you mean `depth`?"]),
    ({**DATA, "defaults": ["unet"]}, (), ["dict: defaults: a defaults list chooses files beside its own; write it to a file, and load that"]),
    ({**DATA, "hydra": {}}, (), ["dict: hydra: `hydra` settings are refused here; give them to `unetgen sweep` on its command line"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "overrides", "messages"), WRONG_DATA)
def test_what_is_wrong_in_a_mapping_is_told_with_its_path(
    data: Any, overrides: tuple[str, ...], messages: list[str]
) -> None:
    assert said(data, *overrides) == messages


WRONG_TEXT = [
    (TEXT + "up: {kind: nearest, cnv: 3}\n", ["text:5:21: up.cnv: unknown key; did you mean `conv`?"]),
    (TEXT + "defaults: []\n", ["text:5:1: defaults: a defaults list chooses files beside its own; write it to a file, and load that"]),
    ("{depth: 3", ["text:2:1: not valid YAML: this mapping is not closed, or lacks a comma (it begins at 1:1); write it as {a: 1, b: 2}"]),
    ("quickstart2d\n", ["text:1:1: the top level must be a mapping, not a string; write `key: value` lines"]),
    ("\n", ["text: is empty; a config is a YAML mapping"]),
    ("seed: a.yaml", ["may be the name of a file and YAML text (got 'seed: a.yaml'); give a file as `pathlib.Path(...)`, and end YAML text with a line break"]),
    ("quickstart", ["no such file and no such bundled config (got 'quickstart'); did you mean `quickstart2d`?"]),
    ("C:configs", ["no such file and no such bundled config (got 'C:configs'); `unetgen list` shows them"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "messages"), WRONG_TEXT)
def test_what_is_wrong_in_a_text_is_told_with_line_and_column(text: str, messages: list[str]) -> None:
    assert said(text) == messages


def test_a_file_whose_name_reads_as_text_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("depth: 3").write_text(TEXT, encoding="utf-8")
    assert said("depth: 3")[0].startswith("may be the name of a file and YAML text")
    assert said("depth: 3\n")[0].startswith("text:1:1: input: missing")
    Path("depth: 3.yaml").write_text(TEXT, encoding="utf-8")
    assert "name" in said(Path("depth: 3.yaml"))[0]  # it names the config, and cannot
    assert unetgen.load(Path("depth: 3.yaml"), ["name=mine"]).depth == 3


@pytest.mark.parametrize("text", ["depth:", " {}", "seed: a.yaml\r", "{depth}"])
def test_a_key_a_brace_or_a_line_break_makes_a_text(text: str) -> None:
    assert said(text)[0].startswith("text:")


@pytest.mark.parametrize("levels", [31, 32, 33, 34])
def test_a_mapping_may_be_as_deep_as_a_text(levels: int) -> None:
    nested: Any = 1
    for _ in range(levels):
        nested = [nested]
    problems = said({**DATA, "seed": nested}), said(f"{TEXT}seed: {nested}\n")
    assert len({"deeper than" in str(each) for each in problems}) == 1


def test_a_mapping_in_itself_is_refused() -> None:
    data = dict(DATA)
    data["head"] = data
    assert "nested deeper than 32 levels" in said(data)[0]
    data["norm"] = data  # now there are 2**32 ways down
    assert said(data) == ["dict: more than 10,000 values; a config is far smaller"]


def test_what_gives_no_config_says_what_does() -> None:
    with pytest.raises(TypeError, match="not int"):
        unetgen.load(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"config\.to_dict"):
        unetgen.load(unetgen.load(DATA))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"unetgen\.from_hydra"):
        unetgen.load(OmegaConf.create(DATA))
    assert unetgen.load(unetgen.load(DATA).to_dict(), ["depth=2"]).depth == 2
