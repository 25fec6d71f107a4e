"""The task `build`: what it writes is what was planned, equal in every process; it would notice if not."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
import pytest

import unetgen
from unetgen.config.design import Design
from unetgen.model import saving as writing
from unetgen.model.building import build_model, built_with_optimizer
from unetgen.sweep.tasks import build
from unetgen.sweep.tasks.errors import TaskError

OVERRIDES = ("input.shape=[16,12]", "depth=2", "base_filters=3", "dropout=0.1")


def load(*overrides: str) -> tuple[Any, Any]:
    config = unetgen.load("quickstart2d", [*OVERRIDES, *overrides])
    return config, unetgen.plan(config)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("built")
    return folder, build.run(*load(), folder)


def test_the_counts_are_those_of_the_plan_and_of_the_file(built: tuple[Path, dict[str, Any]]) -> None:
    folder, values = built
    _, plan = load()
    assert {file.name for file in folder.iterdir()} == {
        "model.keras", "config.resolved.yaml", "unetgen.lock.json", "summary.txt",
    }  # fmt: skip
    assert values["params_built"] == plan.params == arrays_in(folder / "model.keras")
    assert values["layers_built"] == len(plan.nodes)
    assert values["model_bytes"] == len((folder / "model.keras").read_bytes())
    assert 0 < values["build_seconds"] < 60


def arrays_in(file: Path) -> int:
    """Numbers in the layers' arrays, counted in the HDF5 file without Keras; not dropout's random state."""
    found = []

    def count(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and "layers/" in name and "seed" not in name:
            found.append(item.size)

    with zipfile.ZipFile(file) as archive, archive.open("model.weights.h5") as stream:
        h5py.File(stream).visititems(count)
    return sum(found)


def test_the_digest_is_over_paths_dtypes_shapes_and_bytes(built: tuple[Path, dict[str, Any]]) -> None:
    folder, values = built
    text = b""
    for weight in keras.saving.load_model(folder / "model.keras").weights:
        array = np.asarray(weight)
        text += json.dumps([weight.path, "float32", list(array.shape)]).encode() + b"\n" + array.tobytes("C")
    assert values["weights_sha256"] == hashlib.sha256(text).hexdigest()


def names(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "model.keras") as archive:
        return [layer["name"] for layer in json.loads(archive.read("config.json"))["config"]["layers"]]


def test_a_second_build_in_the_process_and_one_in_another_are_equal(
    built: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, values = built
    build.run(*load("base_filters=4"), tmp_path / "between")
    again = build.run(*load(), tmp_path / "again")
    code = (
        "import json, pathlib, sys, unetgen\n"
        "from unetgen.sweep.tasks import build\n"
        f"config = unetgen.load('quickstart2d', {list(OVERRIDES)})\n"
        "print(json.dumps(build.run(config, unetgen.plan(config), pathlib.Path(sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "other"],
        env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    other = json.loads(done.stdout.splitlines()[-1])
    for found in (again, other):
        assert {**found, "build_seconds": 0} == {**values, "build_seconds": 0}
    assert names(folder) == names(tmp_path / "again") == names(tmp_path / "other")
    assert build.run(*load("seed=1"), tmp_path / "seed")["weights_sha256"] != values["weights_sha256"]


@pytest.mark.parametrize(
    "overrides",
    [
        ("input.data_format=channels_first", "execution.layout=channels_last"),
        ("input.data_format=channels_first", "activation=prelu", "head.deep_supervision=1", "depth=3"),
        ("input.shape=[16]", "up=linear", "norm=instance"),
        ("input.shape=[4,8,4]", "block=residual", "execution.precision=mixed_bfloat16", "num_classes=1",
         "compile={loss: null, metrics: [binary_accuracy]}"),
    ],
)  # fmt: skip
def test_models_of_every_layout_are_as_planned(overrides: tuple[str, ...]) -> None:
    config, plan = load(*overrides)
    build.check(config, plan, build_model(Design(config, plan)))


def differences(planned: tuple[str, ...], built: tuple[str, ...]) -> list[str]:
    config, plan = load(*planned)
    with pytest.raises(TaskError) as caught:
        build.check(config, plan, build_model(Design(*load(*built))))
    first, *lines = str(caught.value).splitlines()
    assert first == "quickstart2d: the built model is not the planned one:"
    return [line.strip() for line in lines]


def test_another_count_is_named_with_its_layer() -> None:
    _, plan = load()
    lines = differences((), ("use_bias=false",))
    conv = plan.by_name["encoder_level0_conv1"]
    assert lines[0] == f"{conv.name}: {9 * 1 * 3 + 3} parameters planned, {9 * 1 * 3} built"
    assert lines[-1].startswith(f"in all: {plan.params:,} parameters planned")


def test_another_shape_is_named_with_its_layer() -> None:
    lines = differences((), ("input.shape=[12,16]",))
    assert "encoder_level0_conv1: output shape (16, 12, 3) planned, (12, 16, 3) built" in lines
    assert len(lines) == build.SHOWN + 1
    assert lines[-1].startswith("and ")
    assert lines[-1].endswith(" more")


def test_a_layer_too_few_or_too_many_is_named() -> None:
    lines = differences((), ("norm=none",))
    assert "encoder_level0_conv1_norm: planned, not built" in lines
    lines = differences(("norm=none",), ())
    assert "encoder_level0_conv1_norm: not planned, built with 12 parameters" in lines


def test_outputs_in_another_format_are_named() -> None:
    _, plan = load("input.data_format=channels_first", "execution.layout=channels_last")
    lines = differences(
        ("input.data_format=channels_first", "execution.layout=channels_last"),
        ("input.data_format=channels_last",),
    )
    ends = (plan.input.name, *plan.outputs)
    assert [line for line in lines if "at the model's end" in line] == [
        f"{ends[0]}: shape (1, 16, 12) planned at the model's end, (16, 12, 1) built",
        f"{ends[1]}: shape (2, 16, 12) planned at the model's end, (16, 12, 2) built",
    ]


def test_the_file_itself_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = load("base_filters=4")
    monkeypatch.setattr(writing, "built_with_optimizer", lambda *_: built_with_optimizer(Design(*other)))
    with pytest.raises(TaskError, match="encoder_level0_conv1: output shape"):
        build.run(*load(), tmp_path)
