"""`unetgen export`: other runtimes compute what the model does, and nothing is left half-written."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen as package
from tests.hostile.conftest import Unetgen, refused
from tests.tiers import thorough
from unetgen.data.preprocessing import Preprocessing
from unetgen.emit.exports import TEXT_FORMATS
from unetgen.errors import UnetgenError
from unetgen.model.exporting.format import Format, Trained
from unetgen.model.exporting.formats import FORMATS
from unetgen.model.exporting.writing import export
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    import keras

OVERRIDES = (
    "input.shape=[8,8]",
    "depth=2",
    "base_filters=2",
    "up=nearest",
    "input.data_format=channels_first",
)

RUN = """
import sys
import numpy as np
import tensorflow as tf
x = np.load("x.npy")
loaded = tf.saved_model.load("serving/1")
served = loaded.serve(x)
named = loaded.signatures["serving_default"](input=tf.constant(x))["head_activation"]
assert np.array_equal(named, served)
light = tf.lite.Interpreter("model.tflite")
light = light.get_signature_runner("serving_default")(input=x)["head_activation"]
np.savez("y.npz", served=served, light=light)
assert "unetgen" not in sys.modules
"""


RUN_OPENVINO = """
import numpy as np
import openvino
compiled = openvino.Core().compile_model("model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
np.save("y.npy", compiled(np.load("x.npy"))[0])
"""


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return package.build(package.load("quickstart2d", OVERRIDES))


@pytest.fixture
def saved(model: keras.Model, tmp_path: Path) -> Path:
    package.save(model, package.load("quickstart2d", OVERRIDES), tmp_path / "a.keras")
    return tmp_path / "a.keras"


def test_other_runtimes_compute_the_same(
    model: keras.Model, saved: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    outcome = unetgen("export", "a.keras", "--out", "serving/1")
    assert outcome.code == 0
    assert outcome.out.startswith("serving/1: saved_model; run and compared with Keras: outputs within ")
    outcome = unetgen("export", "a.keras", "--out", "model.tflite", "--optimize", "--json")
    assert outcome.code == 0
    said = json.loads(outcome.out.splitlines()[-1] if outcome.out.startswith("INFO") else outcome.out)
    assert said.pop("runtime_difference") < 1e-5
    assert said.pop("difference") is None
    assert said.pop("quantized") is None
    assert said.pop("preprocessing") is None
    assert said == {"path": "model.tflite", "format": "litert", "optimized": True, "not_checked": ""}

    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    expected = model.predict_on_batch(x)
    for name, found in np.load(tmp_path / "y.npz").items():
        assert np.abs(found - expected).max() < 1e-5, name
    beside = tmp_path / "serving/1/assets.extra"
    assert package.load(beside / "config.resolved.yaml") == package.load("quickstart2d", OVERRIDES)
    fingerprint = package.plan(package.load("quickstart2d", OVERRIDES)).fingerprint
    assert json.loads((beside / "network.json").read_text())["fingerprint"] == fingerprint
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"a.keras", "serving", "model.tflite", "x.npy", "y.npz"}


def test_how_images_are_prepared_is_written_beside(saved: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    kept = Preprocessing(classes=("rest", "cell"), values={0: 0, 255: 1})
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("preprocessing.json", kept.to_json())
    places = {
        "b.tflite": "b.preprocessing.json",
        "serving": "serving/assets.extra/preprocessing.json",
    }
    for out, beside in places.items():
        outcome = unetgen("export", "a.keras", "--out", out)
        assert outcome.code == 0
        assert outcome.out.splitlines()[-1] == f"{beside}: how images are prepared for it, as in training"
        assert Preprocessing.from_json((tmp_path / beside).read_text()) == kept
    said = unetgen("export", "a.keras", "--out", "b.tflite", "--unchecked", "--json").out
    assert json.loads(said)["preprocessing"] == "b.preprocessing.json"


@pytest.mark.skipif(not importlib.util.find_spec("onnx"), reason="onnx is not installed")
def test_onnx_computes_the_same(model: keras.Model, saved: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    runtime = pytest.importorskip("onnxruntime")
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype("float32")
    for options in ((), ("--optimize",)):
        outcome = unetgen("export", "a.keras", "--out", "model.onnx", *options)
        assert outcome.code == 0
        assert re.search(
            r"compared with Keras: outputs within \S+ of the largest value; opset 20", outcome.out
        )
        session = runtime.InferenceSession(tmp_path / "model.onnx")
        (found,) = session.run(["head_activation"], {"input": x})
        assert np.abs(found - model.predict_on_batch(x)).max() < 1e-5
        design = package.load("quickstart2d", OVERRIDES)
        said = {"name": "quickstart2d", "fingerprint": package.plan(design).fingerprint}
        assert session.get_modelmeta().custom_metadata_map == said | {"data_format": "channels_first"}


@thorough
@pytest.mark.skipif(not importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")
def test_openvino_computes_the_same(
    model: keras.Model, saved: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    assert unetgen("export", "a.keras", "--out", "model.xml", "--optimize", "-q").code == 0
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", RUN_OPENVINO], cwd=tmp_path, check=True, timeout=300)
    assert np.abs(np.load(tmp_path / "y.npy") - model.predict_on_batch(x)).max() < 1e-4


@pytest.mark.skipif(not importlib.util.find_spec("onnx"), reason="onnx is not installed")
def test_a_model_that_was_saved_without_its_config_needs_one(
    model: keras.Model, tmp_path: Path, unetgen: Unetgen
) -> None:
    model.save(tmp_path / "bare.keras")
    outcome = unetgen("export", "bare.keras", "--out", "a.onnx")
    assert outcome.code == 2
    assert "bare.keras: holds no config.resolved.yaml, and there is none beside it" in outcome.err
    assert outcome.err.endswith("name the config with --config CONFIG [k=v ...]\n")
    wrong = ("--config", "quickstart2d", *OVERRIDES, "base_filters=4")
    outcome = unetgen("export", "bare.keras", "--out", "a.onnx", *wrong)
    assert outcome.code == 2
    assert "the model is not that of the config 'quickstart2d':" in outcome.err
    assert [file.name for file in tmp_path.iterdir()] == ["bare.keras"]
    given = ("--config", "quickstart2d", *OVERRIDES)
    assert unetgen("export", "bare.keras", "--out", "a.onnx", "-q", *given).code == 0


def test_what_was_not_run_is_said(
    model: keras.Model, saved: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx")
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else find(name)
    )
    outcome = unetgen("export", "a.keras", "--out", "a.onnx")
    assert outcome.out == (
        "a.onnx: onnx; not checked: onnxruntime is not installed: pip install onnxruntime; opset 20\n"
    )


def test_a_package_that_is_missing_is_named(unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    refused(
        unetgen("export", "a.keras", "--out", "a.onnx"),
        "onnx needs onnx: pip install 'unetgen[onnx]'",
    )
    refused(
        unetgen("export", "a.keras", "--out", "a.xml"),
        "openvino needs openvino and onnx: pip install 'unetgen[openvino]'",
    )


def test_every_extra_that_is_named_exists() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    for entry in FORMATS.values():
        if entry.written_with:
            wanted = {text.partition(">")[0] for text in project["optional-dependencies"][entry.extra]}
            assert wanted == set(entry.written_with)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.keras", "--out", "b"), "no.keras: no such file"),
        (("a.keras", "--out", "full"), "full: is a folder with something in it; remove it, or name another"),
        (
            ("a.keras", "--out", "full/mine", "--format", "saved_model"),
            "full/mine: is a file, not a folder; name another",
        ),
        (("a.keras", "--out", "b", "--format", "litert"), "b: no suffix says no format; use one of .tflite"),
        (
            ("a.keras", "--out", "b.pb"),
            "b.pb: suffix '.pb' says no format; name it with --format, or use none for saved_model, "
            ".onnx for onnx, .xml for openvino, .tflite for litert"
            + "".join(f", {entry.suffixes[0]} for {name}" for name, entry in TEXT_FORMATS.items()),
        ),
        (("a.keras", "depth=2", "--out", "b"), "overrides need --config"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").touch()
    (tmp_path / "a.keras").write_text("no model")
    refused(unetgen("export", *arguments), message)
    assert {file.name for file in tmp_path.rglob("*")} == {"full", "mine", "a.keras"}


class Half(Format):
    """Writes something, and then may fail."""

    name = "half"

    def __init__(self, suffix: str, fault: Exception | None) -> None:
        self.suffix, self.fault = suffix, fault  # type: ignore[misc]

    def write(self, trained: Trained, place: Path) -> None:
        file = place if self.suffix else place / "variables/data"
        file.parent.mkdir(exist_ok=True)
        file.write_text("half")
        if self.fault is not None:
            raise self.fault

    def run(self, trained: Trained, place: Path, x: object) -> Outputs:
        raise NotImplementedError


@pytest.mark.parametrize(("out", "suffix"), [("deep/er", ""), ("deep/er.tflite", ".tflite")])
@pytest.mark.parametrize("fault", [RuntimeError("no kernel\nmore"), OSError(28, "No space left on device")])
def test_an_export_that_fails_leaves_nothing(
    out: str, suffix: str, fault: Exception, model: keras.Model, tmp_path: Path
) -> None:
    if suffix:
        (tmp_path / "deep").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UnetgenError, match=r"(no kernel|No space left on device); nothing was"):
        export(Trained(model), tmp_path / out, Half(suffix, fault), unchecked=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_is_made_with_its_parents_and_readable(model: keras.Model, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for out in (tmp_path / "a/b", tmp_path / "empty"):
        export(Trained(model), out, Half("", None), unchecked=True)
        assert (out / "variables/data").read_text() == "half"
        (tmp_path / "plain").mkdir(exist_ok=True)
        assert out.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "empty", "plain"]
