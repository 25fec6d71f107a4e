"""The config groups are the unions of kinds, file by file and field by field."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from unetgen.config.bundled import config_dir
from unetgen.config.loader import load
from unetgen.config.lookup import kinds_at
from unetgen.config.model import UNetConfig
from unetgen.config.yaml.tree import read_yaml
from unetgen.errors import ConfigError
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.norms import NORMS
from unetgen.parts.part import Part, kinds_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.ups import UPS

UNIONS: dict[str, Sequence[type[Part]]] = {
    "block": BLOCKS,
    "bottleneck": BOTTLENECKS,
    "down": DOWNS,
    "encoder": ENCODERS,
    "norm": NORMS,
    "skip": SKIPS,
    "topology": TOPOLOGIES,
    "up": UPS,
}
KINDS = [
    (group, kind, model) for group, models in UNIONS.items() for model in models for kind in kinds_of(model)
]
each_kind = pytest.mark.parametrize(
    ("group", "kind", "model"), KINDS, ids=lambda x: x if isinstance(x, str) else x.__name__
)


def test_there_is_a_group_for_each_union_and_one_for_execution_and_no_other() -> None:
    folders = {folder.name for folder in config_dir().iterdir() if folder.is_dir()}
    assert folders == {*UNIONS, "execution", "zoo"}


def test_the_unions_are_the_models_own() -> None:
    kinds = {name: set(kinds_at((name,), {})) for name in UNetConfig.model_fields}
    assert {name: names for name, names in kinds.items() if names} == {
        group: {kind for model in models for kind in kinds_of(model)} for group, models in UNIONS.items()
    }


@pytest.mark.parametrize("group", UNIONS)
def test_a_group_has_one_file_for_each_kind(group: str) -> None:
    names = {file.name for file in (config_dir() / group).iterdir()}
    assert names == {f"{kind}.yaml" for model in UNIONS[group] for kind in kinds_of(model)}


@each_kind
def test_a_group_file_says_every_field_at_its_default(group: str, kind: str, model: type[Part]) -> None:
    document = read_yaml(config_dir() / group / f"{kind}.yaml")
    assert document.problems == ()
    assert list(document.data) == ["kind", *(name for name in model.model_fields if name != "kind")]
    assert document.data["kind"] == kind
    least = model.model_validate({"kind": kind})
    assert model.model_validate(document.data) == least
    assert document.data == least.model_dump(mode="json")


@each_kind
def test_a_group_file_has_a_heading_and_a_comment_for_each_field(
    group: str, kind: str, model: type[Part]
) -> None:
    lines = (config_dir() / group / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    for before, line in pairwise(lines):
        assert len(line) <= 110
        assert line.startswith(("#", "kind:")) or "  # " in line or before.startswith("# "), line


PLAIN = """\
input: {shape: [32, 32], channels: 1}
depth: 3
base_filters: 8
num_classes: 2
padding: same
up: {kind: nearest, conv: 3}
norm: {kind: batch, momentum: 0.5}
down: {kind: strided_conv, kernel: 3}
skip: {kind: concat, order: skip_first}
block: {kind: residual, projection: always}
topology: unet
"""


REPLACED = ("base_filters:", "down:", "block:")
ENCODED = "decoder: {filters: [8, 16]}\n" + "".join(
    line for line in PLAIN.splitlines(keepends=True) if not line.startswith(REPLACED)
)


@each_kind
def test_a_kind_as_a_value_and_as_a_group_choice_are_one_config(
    tmp_path: Path, group: str, kind: str, model: type[Part]
) -> None:
    text = ENCODED if group == "encoder" else PLAIN
    if (group, kind) == ("block", "none"):  # some level has to have one
        text += "decoder: {block: plain}\n"
    if (group, kind) == ("topology", "fpn"):  # which has no skips
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("skip:"))
    (tmp_path / "same.yaml").write_text(text)
    (tmp_path / "composed").mkdir()
    others = {
        "up": "linear",
        "norm": "layer",
        "down": "max_pool",
        "skip": "add",
        "block": "plain",
        "topology": "unet",
        "encoder": "vgg11",
    }
    composed = tmp_path / "composed" / "same.yaml"
    (tmp_path / "composed" / "base.yaml").write_text(text)
    composed.write_text(f"defaults: [base, {group}: {others.get(group, kind)}, _self_]\n")
    by_value = load(tmp_path / "same.yaml", [f"{group}={kind}"])
    assert load(composed, [f"{group}={kind}"]) == by_value
    assert getattr(by_value, group) == model.model_validate({"kind": kind})
    composed.write_text(f"defaults: [base, {group}: {kind}, _self_]\n")
    assert load(composed) == by_value


@pytest.mark.parametrize("override", ["norm=grup", "up=transpose"])
def test_a_wrong_kind_is_told_both_ways(tmp_path: Path, override: str) -> None:
    (tmp_path / "base.yaml").write_text(PLAIN)
    (tmp_path / "main.yaml").write_text("defaults: [base, norm: batch, up: linear, _self_]\n")
    for name in ("base", "main"):
        with pytest.raises(
            ConfigError, match=rf"^override '{override}': .*did you mean `(group|transposed)`\?$"
        ):
            load(tmp_path / f"{name}.yaml", [override])
