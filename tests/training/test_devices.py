"""A run on several devices comes to what it comes to on one, or is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from tests.tiers import thorough
from tests.training.conftest import write_discs
from unetgen.errors import UnetgenError
from unetgen.model import session
from unetgen.runs.loader import load_run
from unetgen.training.devices import devices_of
from unetgen.training.fitting import train

TWO_GPUS = ("GPU:0", "GPU:1")
ALL_TOGETHER = """\
model:
  input: {shape: [null, null], channels: 1}
  depth: 2
  base_filters: 4
  conv_widths: [1]
  norm: batch
  num_classes: 2
  head: {deep_supervision: {levels: 1, upsample: true}}
  execution: {optimize: training}
  compile:
    loss: [sparse_categorical_crossentropy, {kind: dice, sparse: true, per_sample: false}]
    optimizer: {kind: sgd, learning_rate: 0.1, momentum: 0.9, global_clipnorm: 0.2}
    metrics: [{kind: dice, sparse: true}, sparse_categorical_accuracy]
    ignore_class: 9
data:
  labels: {0: background, 255: disc}
  ignore: 7
  augment: light
  patch: {size: [16, 24]}
fit:
  {epochs: 3, batch_size: 4, steps: 2, deterministic: true, frozen: encoder, class_weights: median_frequency}
"""
"""All that looks at a batch as a whole: its norm, the share that is ignored, a Dice of all samples."""


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow sees two."""
    monkeypatch.setattr(session, "visible_devices", lambda: TWO_GPUS)
    monkeypatch.setattr(session, "several_devices", lambda names: object())


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize(
    ("overrides", "devices", "message"),
    [
        (
            ["fit.batch_size=5"],
            2,
            "fit.batch_size: must be a multiple of the 2 devices, which get equal parts of a batch (got 5); "
            "the nearest: 4 and 6",
        ),
        (["fit.batch_size=1"], "all", r"(got 1); the nearest: 2"),
        (["fit.batch_size=9"], 3, "devices: there are 2: GPU:0, GPU:1 (got 3); ask for at most 2"),
        ([], 0, "devices: must be a positive whole number, or 'all' (got 0)"),
        ([], True, "devices: must be a positive whole number, or 'all' (got true)"),
        ([], "two", "devices: must be a positive whole number, or 'all' (got 'two')"),
        (["model.compile.optimizer.gradient_accumulation_steps=2"], 2, "gradient_accumulation_steps: Keras"),
        (
            ["model.compile.jit_compile=true"],
            2,
            "model.compile.jit_compile: XLA does not compile for 2 devices",
        ),
    ],
)
def test_what_would_not_be_the_same_is_refused(
    overrides: list[str], devices: Any, message: str, discs: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnetgenError) as told:
        train(load_run(discs, overrides), tmp_path / "out", devices=devices)
    assert message in str(told.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("gpus")
def test_all_problems_are_told_at_once_and_the_advice_works(discs: Path) -> None:
    with pytest.raises(UnetgenError) as told:
        devices_of(3, load_run(discs, ["model.compile.jit_compile=true"]))
    assert [line.split(": ")[0] for line in str(told.value).splitlines()] == [
        *("devices", "fit.batch_size", "model.compile.jit_compile")
    ]
    chosen = devices_of("all", load_run(discs, ["fit.batch_size=6", "model.compile.jit_compile=auto"]))
    assert (chosen.count, chosen.names) == (2, TWO_GPUS)
    assert chosen.line(6) == "2 devices, each with 3 of the 6 patches of a batch: GPU:0, GPU:1"


def test_all_cores_are_one_device(discs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "visible_devices", lambda: ("CPU:0",))
    run = load_run(discs, ["fit.batch_size=5", "model.compile.jit_compile=true"])
    with pytest.raises(UnetgenError, match=r"devices: there is 1: the CPU, with all its cores, as Tensor"):
        devices_of(2, run)
    assert devices_of("all", run).strategy is None
    assert devices_of("all", run).line(5) == (
        "1 device: the CPU, with all its cores, as TensorFlow sees no GPU"
    )
    assert devices_of(1, run).line(5) is devices_of(None, run).line(5) is None


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program with two devices finds; parts of the masks of every second image are ignored."""
    folder = tmp_path_factory.mktemp("devices")
    write_discs(folder)
    for number in (0, 2, 4):
        file = folder / f"masks/disc{number}.png"
        pixels = np.array(Image.open(file))
        pixels[:20] = 7
        Image.fromarray(pixels).save(file)
    (folder / "run.yaml").write_text(ALL_TOGETHER)
    program = Path(__file__).with_name("on_two_devices.py")
    root = program.parents[2]
    done = subprocess.run(
        [sys.executable, str(program), str(folder / "run.yaml")],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout.splitlines()[-1]), "folder": folder}


@thorough
def test_losses_of_a_batch_in_two_parts_are_those_of_the_whole(found: dict[str, Any]) -> None:
    for name, (whole, parts) in found["losses"].items():
        np.testing.assert_allclose(parts, whole, rtol=1e-5, err_msg=name)


@thorough
@pytest.mark.parametrize("part", [0, 1])
def test_a_step_is_left_out_where_gradients_of_any_part_are_infinite(
    part: int, found: dict[str, Any]
) -> None:
    before, after, scale = found["infinite"][part]
    assert (before, scale) == (after, 0.5)


@thorough
def test_a_run_on_two_devices_is_that_on_one_but_for_rounding(found: dict[str, Any]) -> None:
    one, two = found["one"], found["two"]
    assert len(one) == 3 and one[0].keys() >= {"loss", "dice", "val_dice"}
    for row, other in zip(one, two, strict=True):
        assert row == pytest.approx(other, rel=1e-5)
    ours, theirs = (
        keras.saving.load_model(found["folder"] / name / "model.keras") for name in ("two", "one")
    )
    for variable, other in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(variable, other, atol=1e-5)
    for array, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5)
    x = np.random.default_rng(0).normal(size=(3, 16, 24, 1)).astype("float32")
    for scores, other in zip(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(scores, other, atol=1e-5)
    assert not any(getattr(layer, "synchronized", False) for layer in ours.layers)


@thorough
def test_an_interrupted_run_on_two_devices_ends_as_one_that_was_not(found: dict[str, Any]) -> None:
    assert found["parts"] == found["two"]
    of_parts, of_two = (found["folder"] / name / "state.npz" for name in ("parts", "two"))
    with np.load(of_parts) as ours, np.load(of_two) as theirs:
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs.files)


@thorough
def test_a_run_says_on_how_many_devices_it_learned(found: dict[str, Any]) -> None:
    assert "3 epochs on 2 devices." in (found["folder"] / "two/report.html").read_text()
    lock = json.loads((found["folder"] / "two/unetgen.lock.json").read_text())
    assert lock["volatile"]["devices"] == 2
    assert found["refused"].startswith("devices: there are 2: CPU:0, CPU:1 (got 3)")
