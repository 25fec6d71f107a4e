# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import from_dict, load
from unetgen.config.resolved import to_yaml
from unetgen.errors import ConfigError

GOOD = """\
input: {shape: [32, 32], channels: 1}
depth: 3
base_filters: 8
num_classes: 2
"""


def said(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    """What is said of a file `a.yaml` that begins with four good lines."""
    (tmp_path / "a.yaml").write_text(GOOD + text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "a.yaml", overrides)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in raised.value.problems]


@pytest.mark.parametrize("name", bundled_configs())
def test_every_bundled_config_loads_and_its_resolved_form_is_the_same(name: str, tmp_path: Path) -> None:
    config = load(name)
    (tmp_path / "again.yaml").write_text(to_yaml(config), encoding="utf-8")
    assert load(tmp_path / "again.yaml") == config


def test_a_config_is_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    assert load(tmp_path / "a.yaml").name == "a"
    assert load(tmp_path / "a.yaml", ["name=other"]).name == "other"


ONE = [
    ("depht: 3\n", [], "a.yaml:5:1: depht: unknown key; did you mean `depth`?"),
    ("up: {kind: nearest, cnv: 3}\n", [], "a.yaml:5:21: up.cnv: unknown key; did you mean `conv`?"),
    ("up: {kind: nearest, conv: {kernl: 3}}\n", [], "a.yaml:5:28: up.conv.kernl: unknown key; did you mean `kernel`?"),
    ("decoder: {norm: {kind: batch, epsilo: 1.0}}\n", [], "a.yaml:5:31: decoder.norm.epsilo: unknown key; did you mean `epsilon`?"),
    ("head: {deep_supervision: {level: 1}}\n", [], "a.yaml:5:27: head.deep_supervision.level: unknown key; did you mean `levels`?"),
    ("", ["depht=3"], "override 'depht=3': depht: unknown key; did you mean `depth`?"),
    ("", ["input.chanels=3"], "override 'input.chanels=3': input.chanels: unknown key; did you mean `channels`?"),
    ("", ["decoder.norm={kind: batch, epsilo: 1.0}"], "override 'decoder.norm={kind: batch, epsilo: 1.0}': decoder.norm.epsilo: unknown key; did you mean `epsilon`?"),
    ("", ["depth=x"], "override 'depth=x': depth: must be a whole number (got 'x')"),
    ("", ["input.shape.1=0"], "override 'input.shape.1=0': input.shape.1: must be positive (got 0)"),
    ("", ["up=transpose"], "override 'up=transpose': up: unknown kind (got 'transpose'); did you mean `transposed`?"),
    ("seed: ${dept}\n", [], "a.yaml:5:7: seed: refers to `dept`, which is not there (got '${dept}'); did you mean `depth`?"),
    ("", ["seed=${oc.env:HOME}"], "override 'seed=${oc.env:HOME}': seed: only references to other fields are resolved, nothing is run (got '${oc.env:HOME}'); write the value itself, or ${field}"),
    ("hydra: {run: {dir: x}}\n", [], "a.yaml:5:1: hydra: `hydra` settings are refused here; give them to `unetgen sweep` on its command line"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "overrides", "message"), ONE)
def test_one_mistake_gives_one_message_at_its_place(
    tmp_path: Path, text: str, overrides: list[str], message: str
) -> None:
    assert said(tmp_path, text, *overrides) == [message]


def test_mistakes_of_the_file_and_of_overrides_are_told_together(tmp_path: Path) -> None:
    text = "filter_growth: on\nup: {kind: nearest, cnv: 3}\nhead: {kernel: 0}\nseed: ${nope}\n"
    starts = [
        message.split(": ")[:2]
        for message in said(tmp_path, text, "num_classes=x", "filters.0=3", "+depth=3")
    ]
    assert (
        sorted(starts)
        == sorted(
            [
                ["a.yaml:5:16", "filter_growth"],
                ["a.yaml:6:21", "up.cnv"],
                ["a.yaml:7:16", "head.kernel"],
                ["a.yaml:8:7", "seed"],
                ["override 'num_classes=x'", "num_classes"],
                ["override '+depth=3'", "depth"],
            ]
        )
        or ["override 'filters.0=3'", "filters"] in starts
    )


def test_cross_checks_run_although_another_field_is_wrong(tmp_path: Path) -> None:
    messages = said(tmp_path, "head: {kernel: 0}\nkernel: [[3, 3], [3, 3]]\nskip: {kind: concat, axis: 1}\n")
    assert [message.split(": ")[:2] for message in messages] == [
        ["a.yaml:5:16", "head.kernel"],
        ["a.yaml:6:9", "kernel"],
        ["a.yaml:7:28", "skip.axis"],
    ]


def test_a_place_in_a_composed_file_is_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(GOOD + "up: {kind: nearest, cnv: 3}\n")
    (tmp_path / "main.yaml").write_text("defaults: [base, _self_]\ndepth: x\n")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "main.yaml", ["seed=x"])
    assert [str(problem).replace(f"{tmp_path}/", "").split(": ")[0] for problem in raised.value.problems] == [
        "base.yaml:5:21",
        "main.yaml:2:8",
        "override 'seed=x'",
    ]


def test_a_kind_changed_alone_says_what_is_left_behind(tmp_path: Path) -> None:
    (message,) = said(tmp_path, "down: {kind: strided_conv, kernel: 3}\n", "down.kind=max_pool")
    assert message.startswith("a.yaml:5:28: down.kernel: ")
    assert "it belongs to strided_conv and mednext; the fields of max_pool: size" in message
    assert "`down=max_pool` swaps the whole kind" in message


def test_references_to_other_fields_are_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        GOOD + "max_filters: ${base_filters}\nsource: depth ${depth} of ${name}\n"
    )
    config = load(tmp_path / "a.yaml", ["base_filters=${input.channels}"])
    assert (config.max_filters, config.base_filters, config.source) == (1, 1, "depth 3 of a")


def test_plain_data_is_checked_like_a_file() -> None:
    with pytest.raises(ConfigError, match=r"^config: depth: must be a whole number \(got 'x'\)$"):
        from_dict({"input": {"shape": [32]}, "depth": "x", "base_filters": 8, "num_classes": 2})


def test_a_file_without_defaults_list_or_overrides_imports_no_hydra() -> None:
    code = (
        "import sys; from unetgen.config.loader import load; load('unet3d_depth2');"
        "print({'hydra', 'omegaconf', 'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
