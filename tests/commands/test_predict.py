"""`unetgen predict`: files in, files out, each whole or not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen as package
from tests.hostile.conftest import Outcome, Unetgen
from tests.tiers import thorough
from unetgen.images.files import read_image, read_labels, write_image
from unetgen.images.image import Image
from unetgen.model.running import give_random_weights
from unetgen.predicting.predictor import Predictor


def saved(folder: Path, name: str, *overrides: str) -> Path:
    """A model in a folder of its own, with its config inside."""
    config = package.load(name, overrides)
    model = package.build(config)
    give_random_weights(model)
    folder.mkdir()
    package.save(model, config, folder / "model.keras")
    return folder / "model.keras"


@pytest.fixture(scope="module")
def planes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "planes"
    return saved(folder, "quickstart2d", "base_filters=2", "depth=2", "num_classes=3")


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "volumes"
    return saved(folder, "unet3d_depth2", "base_filters=2", "input.shape=[8,8,4]")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for name, size in {"a": (20, 31), "b": (16, 16), "deep/c": (9, 12)}.items():
        values = random.integers(0, 256, (*size, 1), dtype="uint8")
        (tmp_path / f"in/{name}").parent.mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / f"in/{name}.png", Image(values))
    return tmp_path / "in"


def lines(outcome: Outcome) -> list[str]:
    """What was told, without what libraries say."""
    assert "Traceback" not in outcome.err
    noise = ("WARNING: All log", "I0000", "W0000", "E0000", "To enable the following")
    return [line for line in outcome.err.splitlines() if not line.startswith(noise)]


def test_a_folder_of_pictures_becomes_a_folder_of_labels(
    planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    outcome = unetgen("predict", str(planes), "in", "--out", "out", "--mirror", "all", "--batch", "2")
    assert (outcome.code, outcome.out) == (0, "3 predicted: out\n")
    told = [line.rpartition(",")[0] for line in lines(outcome)]
    assert told == ["1/3 out/a.png", "2/3 out/b.png", "3/3 out/deep/c.png"]
    import keras

    predictor = Predictor(keras.saving.load_model(planes, compile=False), mirror=(0, 1))
    for file in pictures.rglob("*.png"):
        labels = read_labels(tmp_path / "out" / file.relative_to(pictures)).values[..., 0]
        np.testing.assert_array_equal(labels, predictor(read_image(file).values))


def test_a_run_goes_on_where_it_was(planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    command = ("predict", str(planes), "in", "--out", "out")
    assert unetgen(*command).code == 0
    (tmp_path / "out/b.png").unlink()
    before = (tmp_path / "out/a.png").stat().st_mtime_ns
    outcome = unetgen(*command)
    assert outcome.out.splitlines() == [
        "1 predicted: out",
        "2 left as they were, newer than image and models; --again predicts them too",
    ]
    assert (tmp_path / "out/a.png").stat().st_mtime_ns == before
    assert unetgen(*command, "--again", "--quiet") == Outcome(0, "", "")
    assert (tmp_path / "out/a.png").stat().st_mtime_ns > before


def test_a_volume_of_single_channels_keeps_its_place_in_the_world(
    volumes: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    affine = np.array([[0, -1.5, 0, 9], [2.0, 0, 0, -3], [0, 0, 3, 5], [0, 0, 0, 1]])
    random = np.random.default_rng(0)
    for channel in range(4):
        values = random.normal(size=(11, 9, 6, 1)).astype("float32")
        write_image(tmp_path / f"scan_000{channel}.nii.gz", Image(values, affine))
    outcome = unetgen("predict", str(volumes), "scan_*.nii.gz", "--out", "scan.nii.gz", "--overlap", "0.25")
    assert (outcome.code, outcome.out) == (0, "1 predicted: scan.nii.gz\n")
    labels = read_labels(tmp_path / "scan.nii.gz")
    assert labels.spatial == (11, 9, 6)
    assert labels.affine is not None
    np.testing.assert_allclose(labels.affine, affine, atol=1e-6)
    outcome = unetgen("predict", str(volumes), "scan_*.nii.gz", "--out", "p", "--probabilities", "-q")
    scores = read_image(tmp_path / "p/scan.nii.gz")
    assert (outcome.code, scores.channels) == (0, 3)
    assert scores.values.dtype == np.float32


def test_the_preprocessing_beside_the_model_is_done_and_undone(
    planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    model = tmp_path / "model.keras"
    shutil.copy(planes, model)
    preprocessing = {
        "version": 1,
        "normalize": {"kind": "scale", "divisor": 255},
        "classes": ["background", "cell", "nucleus"],
        "values": {"0": 0, "128": 1, "255": 2},
    }
    (tmp_path / "preprocessing.json").write_text(json.dumps(preprocessing))
    outcome = unetgen("predict", "model.keras", "in/a.png", "--out", "a.png")
    assert outcome.code == 0, outcome.err
    import keras

    predictor = Predictor(keras.saving.load_model(planes, compile=False))
    numbers = predictor(read_image(pictures / "a.png").values / np.float32(255))
    np.testing.assert_array_equal(
        read_labels(tmp_path / "a.png").values[..., 0], np.array([0, 128, 255])[numbers]
    )
    again = ("predict", "model.keras", "in/a.png", "--out", "a.png")
    assert unetgen(*again).out.startswith("0 predicted")
    os.utime(tmp_path / "preprocessing.json", (2**31, 2**31))
    assert unetgen(*again).out.startswith("1 predicted")
    assert unetgen("predict", "model.keras", "in/a.png", "--out", "b.png", "--with", str(planes)).code == 2


def test_probabilities_need_a_format_that_holds_them(
    planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    outcome = unetgen("predict", str(planes), "in", "--out", "out", "--probabilities")
    assert outcome.code == 2
    assert lines(outcome)[-1].startswith("--format: .png does not hold these probabilities: a PNG holds")
    assert not (tmp_path / "out").exists()
    assert (
        unetgen("predict", str(planes), "in", "--out", "out", "--probabilities", "--format", "npy").code == 0
    )
    assert np.load(tmp_path / "out/a.npy").shape == (20, 31, 3)


def test_images_that_do_not_fit_are_told_all_at_once_before_one_is_predicted(
    planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    write_image(pictures / "rgb.png", Image(np.zeros((8, 8, 3), "uint8")))
    write_image(pictures / "volume.nii.gz", Image(np.zeros((8, 8, 8, 1), "uint8")))
    (pictures / "broken.png").write_bytes(b"nothing")
    outcome = unetgen("predict", str(planes), "in", "--out", "out")
    told = lines(outcome)
    assert outcome.code == 2
    assert any(line.startswith("in/broken.png: ") for line in told)
    assert "in/rgb.png: has 3 channels, and the network takes 1" in told
    assert "in/volume.nii.gz: has 3 spatial axes, and the network takes images of 2" in told
    assert not (tmp_path / "out").exists()


def test_an_image_that_cannot_be_predicted_does_not_keep_the_others(
    planes: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "in").mkdir()
    for name, value in {"a": 1.0, "b": np.nan, "c": 2.0}.items():
        np.save(tmp_path / f"in/{name}.npy", np.full((8, 8, 1), value, "float32"))
    outcome = unetgen("predict", str(planes), "in", "--out", "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert lines(outcome)[-2:] == [
        "in/b.npy: the image has values that are not finite (NaN or infinite); replace them",
        "2 predicted, 1 not",
    ]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.npy", "c.npy"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quickstart2d", "in"), "quickstart2d: is not a trained model, a .keras file"),
        (("gone.keras", "in"), "gone.keras: no such file"),
        (("MODEL", "nowhere"), "nowhere: no such file or folder"),
        (("MODEL", "in", "--format", "jpg"), "--format: must be one of .png"),
        (("MODEL", "in", "--tile", "9,8"), "takes multiples of 2 on axis 0 (got 9); the nearest is 8 or 10"),
        (("MODEL", "in", "--mirror", "2"), "mirror: the images have the axes 0, 1 (got 2)"),
        (("MODEL", "in", "--overlap", "1"), "must be a number from 0 to less than 1"),
        (("MODEL", "in", "--margin", "a"), "must be a whole number"),
    ],
)
def test_bad_usage_is_refused(
    arguments: tuple[str, ...], said: str, planes: Path, pictures: Path, tmp_path: Path, unetgen: Unetgen
) -> None:
    given = [str(planes) if each == "MODEL" else each for each in arguments]
    outcome = unetgen("predict", *given, "--out", "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert not (tmp_path / "out").exists()


@thorough
@pytest.mark.skipif(sys.platform == "win32", reason="for POSIX systems")
def test_a_killed_run_leaves_whole_files_and_goes_on(planes: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for index in range(12):
        np.save(
            tmp_path / f"in/{index:02}.npy", np.random.default_rng(index).random((256, 256, 1), "float32")
        )
    command = [
        sys.executable,
        "-m",
        "unetgen",
        "predict",
        str(planes),
        "in",
        "--out",
        "out",
        "--mirror",
        "all",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("3/12"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = sorted((tmp_path / "out").glob("*.npy"))
    assert 3 <= len(there) < 12
    for file in there:
        assert np.load(file).shape == (256, 256)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == f"{12 - len(there)} predicted: out"
    assert len(list((tmp_path / "out").iterdir())) == 12
