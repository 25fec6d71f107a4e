"""`unetgen optimize`, and the option of that name of `show` and `build`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


import numpy as np
import pytest

import unetgen as package
from tests.hostile.conftest import Outcome, Unetgen
from unetgen.config.loader import load_design
from unetgen.data.preprocessing import Preprocessing
from unetgen.model.saving import write_build
from unetgen.predicting.loading import known_preprocessing

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2", "up=nearest")


def problems(outcome: Outcome) -> list[str]:
    """What unetgen itself wrote to stderr: TensorFlow writes there as it likes when it is imported."""
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
    return [line for line in outcome.err.splitlines() if line.startswith(("a.", "  ", "no", "over", "b."))]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    write_build(load_design("quickstart2d", TINY), TINY, folder)
    return folder


@pytest.fixture(scope="module")
def saved_again(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Keras writes of a model that was loaded, trained and saved."""
    import keras

    model = keras.saving.load_model(built / "model.keras")
    random = np.random.default_rng(0)
    y = np.eye(2, dtype="float32")[random.integers(2, size=(2, 16, 16))]
    model.run_eagerly = True  # one step is not worth a graph
    model.fit(random.normal(size=(2, 16, 16, 1)).astype("float32"), y, verbose=0)
    file = tmp_path_factory.mktemp("trained") / "a.keras"
    model.save(file)
    return file


def test_a_built_model(built: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    import keras

    outcome = unetgen("optimize", str(built / "model.keras"), "--out", "fast.keras", "--json")
    assert outcome.code == 0
    said = json.loads(outcome.out)
    assert (said["file"], said["name"], said["precision"]) == ("fast.keras", "quickstart2d", "float32")
    assert said["difference"] < 1e-5
    assert said["after"]["macs"] < said["before"]["macs"]
    assert said["before"]["macs"] == package.plan(package.load("quickstart2d", TINY)).macs
    saved = sum(rewrite["macs_saved"] for rewrite in said["rewrites"])
    assert saved == said["before"]["macs"] - said["after"]["macs"]
    assert "train_bytes" not in said["after"]

    models = [keras.saving.load_model(file) for file in (built / "model.keras", tmp_path / "fast.keras")]
    assert not models[1].compiled
    x = np.random.default_rng(1).normal(size=(2, 16, 16, 1)).astype("float32")
    first, second = (model.predict_on_batch(x) for model in models)
    assert np.abs(first - second).max() < 1e-5
    with zipfile.ZipFile(tmp_path / "fast.keras") as archive:
        text = archive.read("config.resolved.yaml").decode()
    (tmp_path / "config.yaml").write_text(text)
    assert package.load(tmp_path / "config.yaml").execution.optimize == "inference"


@pytest.mark.parametrize("is_inside", [True, False])
def test_what_training_did_to_images_is_kept(
    is_inside: bool, built: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "trained").mkdir()
    shutil.copy(built / "model.keras", tmp_path / "trained/model.keras")
    kept = Preprocessing(classes=("rest", "cell"), values={0: 0, 255: 1})
    if is_inside:
        with zipfile.ZipFile(tmp_path / "trained/model.keras", "a") as archive:
            archive.writestr("preprocessing.json", kept.to_json())
    else:
        (tmp_path / "trained/preprocessing.json").write_text(kept.to_json())
    assert unetgen("optimize", "trained/model.keras", "--out", "fast.keras").code == 0
    assert known_preprocessing(tmp_path / "fast.keras") == kept


def test_a_trained_model_needs_its_config(
    built: Path, saved_again: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    shutil.copy(saved_again, "a.keras")
    assert problems(unetgen("optimize", "a.keras", "--out", "fast.keras")) == [
        "a.keras: holds no config.resolved.yaml, and there is none beside it: Keras leaves it out when it "
        "saves a model again; name the config with --config CONFIG [k=v ...]"
    ]
    named = ("--config", "quickstart2d", *TINY)
    outcome = unetgen("optimize", "a.keras", *named, "--out", "fast.keras", "--precision", "mixed_bfloat16")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith(
        "fast.keras: quickstart2d, mixed_bfloat16; the outputs on "
    )
    shutil.copy(built / "config.resolved.yaml", tmp_path)
    outcome = unetgen("optimize", "a.keras", "--out", "beside.keras", "--quiet")
    assert (outcome.code, outcome.out) == (0, "")
    assert (tmp_path / "beside.keras").is_file()


def test_another_config_is_refused_and_the_old_file_left(
    saved_again: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    shutil.copy(saved_again, "a.keras")
    Path("fast.keras").write_text("old")
    outcome = unetgen(
        "optimize", "a.keras", "--config", "quickstart2d", *TINY, "norm=none", "--out", "fast.keras"
    )
    assert problems(outcome)[0] == "a.keras: the model is not that of the config 'quickstart2d':"
    assert len(problems(outcome)) == 7  # a norm behind each of six convolutions
    assert Path("fast.keras").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.keras", "--out", "b.keras"), "no.keras: no such file"),
        (("a.keras", "--out", "b.h5"), "b.h5: suffix '.h5' says no format; use one of .keras"),
        (("a.keras", "depth=2", "--out", "b.keras"), "overrides need --config"),
        (
            ("a.keras", "--out", "a.keras"),
            "a.keras: is the model itself, which would be lost; name another file",
        ),
        (
            ("a.keras", "--config", "quickstart2d", "--out", "b.keras"),
            "a.keras: cannot be read as a Keras model: ",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    Path("a.keras").write_text("no model")
    (said,) = problems(unetgen("optimize", *arguments))
    assert said.startswith(message)
    assert [file.name for file in tmp_path.iterdir()] == ["a.keras"]


# `show --optimize`


def test_show_has_both_sides_of_the_article(unetgen: Unetgen) -> None:
    """Of its decoder's 3x3x3 convolution of 192 channels, 128 are up-sampled, by 2 on each axis: 4x4x4 taps
    at an eighth of the positions."""
    found = json.loads(unetgen("show", "unet3d_depth2", "--optimize", "inference", "--json").out)["optimized"]
    positions = 160 * 160 * 16
    spared = positions * 27 * 128 * 64 - positions // 8 * 64 * 128 * 64
    assert found["before"]["macs"] == 222_324_326_400
    assert found["after"]["macs"] <= found["before"]["macs"] - spared
    assert found["before"]["params"] == 833_507
    assert sum(layer["macs"] for layer in found["layers"]) == found["after"]["macs"]
    assert len(found["layers"]) == found["after"]["layers"]
    assert found["after"]["inference_bytes"] < found["before"]["inference_bytes"]
    assert {rewrite["guarantee"] for rewrite in found["rewrites"]} <= {"bitwise", "rounding"}


def test_show_prints_what_was_rewritten_and_the_new_layers(unetgen: Unetgen) -> None:
    text = unetgen("show", "quickstart2d", "up=nearest", "--optimize", "training").out
    assert "merge up-sampling and concatenation into the convolution  to rounding" in text
    assert "of 2×2 up and as it is" in text
    assert "concat\n" not in text
    assert "training, batch of 1" in text
    same = unetgen("show", "quickstart2d", "up=nearest", "execution.optimize=training").out
    assert same == text
    levels = unetgen("show", "quickstart2d", "up=nearest", "--optimize", "training", "--levels").out
    assert "of 2×2 up and as it is" not in levels
    assert "MACs saved" in levels


def test_show_without_it_is_as_before(unetgen: Unetgen) -> None:
    assert "optimized" not in json.loads(unetgen("show", "quickstart2d", "--json").out)


def test_show_needs_neither_tensorflow_nor_numpy() -> None:
    code = (
        "import sys; from unetgen.cli import main;"
        "main(['show', 'unet3d_depth2', '--optimize', 'inference', '--levels']);"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.splitlines()[-1].split()) & {"keras", "tensorflow", "numpy"}


# `build --optimize`


def test_build_is_the_override(tmp_path: Path, unetgen: Unetgen) -> None:
    import keras

    assert unetgen("build", "quickstart2d", *TINY, "--optimize", "training", "--out", "b").code == 0
    lock = json.loads((tmp_path / "b/unetgen.lock.json").read_text())
    assert lock["overrides"][-1] == "execution.optimize=training"
    assert lock["config"]["execution"]["optimize"] == "training"
    assert lock["fingerprint"] == package.plan(package.load("quickstart2d", TINY)).fingerprint
    assert "for training" in (tmp_path / "b/summary.txt").read_text()
    model = keras.saving.load_model(tmp_path / "b/model.keras")
    assert "MergedConv" in {type(layer).__name__ for layer in model.layers}
    assert model.compiled


@pytest.mark.parametrize("command", ["optimize", "export", "show", "build"])
def test_help(command: str, unetgen: Unetgen) -> None:
    outcome = unetgen(command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"examples:\n  unetgen {command} " in outcome.out
