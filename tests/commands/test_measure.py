"""`unetgen measure`: real processes and real runtimes on a tiny network, and what is refused before any."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tests.hostile.conftest import Unetgen, refused
from tests.tiers import thorough
from unetgen.config.loader import load_design
from unetgen.measuring.runtimes import PLAIN, WAYS
from unetgen.measuring.sides.matmul import SIZE

TINY = ("input.shape=[16,24]", "input.channels=2", "depth=2", "base_filters=2")


def test_what_cannot_be_asked_for_is_refused_before_anything_starts(unetgen: Unetgen, tmp_path: Path) -> None:
    refused(
        unetgen("measure", "quickstart2d", "--runtimes", "keras,tensort"),
        f"--runtimes: there is no 'tensort'; use some of: {', '.join(NAMES)}",
    )
    wrong = unetgen("measure", "quickstart2d", "--markdown", "page.txt")
    refused(wrong, "page.txt: suffix '.txt' says no format; use one of .md")
    (tmp_path / "file").touch()
    refused(
        unetgen("measure", "quickstart2d", "--out", "file/further"),
        f"{tmp_path}/file: is a file, not a folder; name another with --out DIR",
    )
    assert (
        "must be a positive whole number (got '0')" in unetgen("measure", "quickstart2d", "--batch", "0").err
    )
    refused(
        unetgen("measure", "quickstart2d", "base_filters=0"),
        "override 'base_filters=0': base_filters: must be positive (got 0)",
    )
    assert "no such file" in unetgen("measure", "absent.keras").err
    assert not list(tmp_path.glob("*.md"))


NAMES = tuple(dict.fromkeys((*(way.group for way in WAYS.values()), *WAYS)))


@thorough
def test_a_trained_model_is_measured_in_every_runtime_with_its_own_weights(
    unetgen: Unetgen, tmp_path: Path
) -> None:
    import keras

    from unetgen.measuring.weights import drawn
    from unetgen.model.saving import write_model

    design = load_design("quickstart2d", TINY)
    file = tmp_path / "a.keras"
    write_model(design, drawn(design.plan, seed=5), file)
    options = ("--what", "inference", "--runtimes", "onnxruntime,openvino,litert", "--repeats", "3")
    outcome = unetgen("measure", "a.keras", *options, "--out", "files", "--markdown", "page.md", "--json")
    assert outcome.code == 0, outcome.err
    data = json.loads(outcome.out)
    model = keras.saving.load_model(file)

    # What is counted, by the layers of Keras; what is told, by the times.
    assert data["macs"] == macs_of(model)
    for row in data["results"]:
        if "bfloat16" in row["runtime"] and "why_not" in row:
            continue
        assert statistics.median(row["turns"]) == row["seconds"]["median"]
        assert len(row["turns"]) == 3
        assert row["macs_per_second"] == pytest.approx(data["macs"] / row["seconds"]["median"])
        product = data["matmul"][WAYS[row["runtime"]].precision]
        peak = SIZE**3 / statistics.median(product["turns"])
        assert row["share_of_matmul"] == pytest.approx(row["macs_per_second"] / peak)
        assert row["peak_bytes"] > 0
        assert row["difference"] <= (3e-2 if "bfloat16" in row["runtime"] else 1e-4)
    names = [row["runtime"] for row in data["results"]]
    assert names == [PLAIN, "onnxruntime", "openvino", "openvino-bfloat16", "litert"]

    # The files that were kept are those of the trained weights.
    assert {each.name for each in (tmp_path / "files").iterdir()} == FILES
    x = np.random.default_rng(1).normal(size=(1, 16, 24, 2)).astype("float32")
    import onnxruntime

    session = onnxruntime.InferenceSession(tmp_path / "files/model.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(found, model.predict_on_batch(x), atol=1e-5)
    assert "| ONNX Runtime |" in (tmp_path / "page.md").read_text()


FILES = {"model.onnx", "model.xml", "model.bin", "model.tflite"}


def macs_of(model: object) -> int:
    """Kernel times positions: of the outputs of a convolution, of the inputs of a transposed one."""
    import keras

    macs = 0
    for layer in model.layers:  # type: ignore[attr-defined]
        if isinstance(layer, keras.layers.Conv2DTranspose):
            macs += int(np.prod(layer.kernel.shape) * np.prod(layer.input.shape[1:3]))
        elif isinstance(layer, keras.layers.Conv2D):
            macs += int(np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:3]))
    return macs


@thorough
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_a_training_step_in_pytorch_has_the_loss_of_keras(unetgen: Unetgen, activation: str) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed; it is not a dependency: `measure` can use it")
    compile_ = "compile={loss: categorical_crossentropy, optimizer: adam}"
    options = ("--what", "training", "--runtimes", "torch", "--repeats", "1", "--json")
    outcome = unetgen("measure", "quickstart2d", *TINY, compile_, f"head.activation={activation}", *options)
    rows = {row["runtime"]: row for row in json.loads(outcome.out)["results"]}
    assert rows["torch"]["difference"] < 1e-5
    assert rows["torch-bfloat16"]["difference"] < 1e-2
