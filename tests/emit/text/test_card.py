"""A card says what `show --json` says, its config builds the network again, and its commands run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hostile.conftest import Unetgen, unetgen
from tests.tiers import thorough
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import design_from_text, load_design
from unetgen.emit.text.card import card
from unetgen.emit.text.tables import bytes_text
from unetgen.model.exporting.format import missing
from unetgen.model.exporting.formats import FORMATS

__all__ = ["unetgen"]
SMALL = ("unet2d_baseline", "depth=2", "base_filters=2", "input.shape=[8,8]", "name=small-net")


def block(text: str, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(found)


def rows(text: str, heading: str) -> list[list[str]]:
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("name", sorted(bundled_configs()))
def test_its_config_is_the_same_network_with_the_same_training(name: str) -> None:
    design = load_design(name)
    again = design_from_text(block(text := card(design), "yaml"), "card.yaml")
    assert again.config.digest == design.config.digest
    assert f"`{again.config.digest}`" in text
    assert f"`{again.plan.fingerprint}`" in text


@thorough
def test_its_commands_run(unetgen: Unetgen, tmp_path: Path) -> None:
    text = unetgen("export", *SMALL, "--format", "card").out
    file = re.findall(r"^As `(.*)`:$", text, re.MULTILINE)
    assert file == ["small-net.yaml"]
    (tmp_path / file[0]).write_text(block(text, "yaml"), encoding="utf-8")
    build, check, export = (shlex.split(line)[1:] for line in block(text, "sh").splitlines())
    assert unetgen(*build).code == 0
    assert unetgen(*check).out == "small-net/unetgen.lock.json: reproduces\n"
    scope: dict[str, Any] = {}
    exec(block(text, "python"), scope)  # as a reader would run it
    assert scope["model"].count_params() == load_design(SMALL[0], SMALL[1:]).plan.params
    lacking = missing(FORMATS["onnx"].written_with)
    outcome = unetgen(*export)
    assert (outcome.code == 0) != bool(lacking), outcome.err
    assert (tmp_path / "small-net.onnx").exists() != bool(lacking)


@pytest.mark.parametrize("name", ["unet3d_depth2", "attention_unet", "u2net", "quickstart2d"])
def test_its_numbers_are_those_of_show(name: str, unetgen: Unetgen) -> None:
    shown = json.loads(unetgen("show", name, "--json").out)
    text = unetgen("export", name, "--format", "card").out
    costs = dict(rows(text, "Cost"))
    params, memory = shown["params"], shown["memory"]
    assert costs["parameters"].startswith(f"{params['total']:,} ({bytes_text(memory['weights_bytes'])})")
    assert ("not trainable" in costs["parameters"]) == (params["non_trainable"] > 0)
    assert costs["memory for prediction"].startswith(bytes_text(memory["inference_bytes"]))
    assert costs["memory for training"].startswith(bytes_text(memory["train_bytes"]))
    assert costs["receptive field"] == "×".join(map(str, shown["receptive_field"]))
    shapes = [shown["input_shape"], *shown["output_shapes"]]
    told = [[*("any" if size is None else str(size) for size in shape)] for shape in shapes]
    tensors = rows(text, "Input and outputs")
    assert [row[1] for row in tensors] == [f"(batch, {', '.join(sizes)})" for sizes in told]
    assert {row[0]: row[1] for row in rows(text, "Config")} == {
        "fingerprint": f"`{shown['fingerprint']}`",
        "digest": f"`{shown['digest']}`",
    }


def test_sizes_and_targets_are_told() -> None:
    several = ["head.deep_supervision=1", "tasks=[{name: edges, num_classes: 1}]"]
    text = card(load_design("quickstart2d", several))
    assert [(row[0], *row[2:]) for row in rows(text, "Input and outputs")] == [
        ("input", "one channel, channels last", ""),
        ("output", "two classes, softmax", "a channel for each class"),
        ("output 2", "two classes, softmax", "as the first"),
        ("task edges", "one class, sigmoid", "a channel for each class"),
    ]
    assert "\nOne model takes all legal sizes: multiples of 8.\n" in text
    sparse = ["compile.loss=sparse_categorical_crossentropy", "compile.metrics=[]", "head.activation=softmax"]
    text = card(load_design("unet3d_depth3", sparse))
    assert (
        "\nThe model takes this size alone. The config can be built for others: in steps of 4×4×4.\n" in text
    )
    assert rows(text, "Input and outputs")[1][3] == "class numbers"


def test_the_front_matter_says_what_the_config_tells() -> None:
    def front(*arguments: str) -> dict[str, Any]:
        parts = card(load_design(arguments[0], arguments[1:])).split("---\n")
        said: dict[str, Any] = yaml.safe_load(parts[1])
        return said

    told = {"library_name": "keras", "pipeline_tag": "image-segmentation", "tags": ["unet", "unetgen"]}
    assert front("unet3d_depth2") == told
    del told["pipeline_tag"]
    regression = ("head.activation=linear", "compile.loss=mean_squared_error", "compile.metrics=[]")
    assert front("quickstart2d", *regression) == told
    assert front("unet2d_baseline", "input.shape=[64]") == told


def test_sources_are_those_that_it_cites() -> None:
    text = card(load_design("attention_unet"))
    assert "with five levels of resolution, after earlier work (Oktay et al. 2018; LeeJunHyun)." in text
    sources = block(text, "bibtex")
    assert re.findall(r"^@\w+\{(\w+),$", sources, re.MULTILINE) == [
        "ioffe2015batch",
        "kingma2015adam",
        "leejunhyun_image_segmentation",
        "oktay2018attention",
        "ronneberger2015unet",
    ]
