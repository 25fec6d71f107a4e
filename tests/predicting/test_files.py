"""Errands: which images are predicted, and where to; none of it reads an image."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from unetgen.errors import UnetgenError
from unetgen.predicting.files import Errand, errands


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(found: list[Errand]) -> dict[str, list[str]]:
    return {str(each.out): [str(file) for file in each.case.images] for each in found}


def test_predictions_are_named_after_their_images(here: Path) -> None:
    touch(here, "a/one.png", "a/deep/two.nii.gz", "a/three.JPG", "b.npy", "a/notes.txt")
    found, notes = errands(["a", "b.npy"], Path("out"))
    assert places(found) == {
        "out/b.npy": ["b.npy"],
        "out/deep/two.nii.gz": ["a/deep/two.nii.gz"],
        "out/one.png": ["a/one.png"],
        "out/three.png": ["a/three.JPG"],
    }
    assert notes == ["a: 1 file of other formats left out: notes.txt"]
    found, _ = errands(["a/*.png"], Path("out"), ".nii.gz")
    assert places(found) == {"out/one.nii.gz": ["a/one.png"]}


def test_one_image_may_go_to_a_file(here: Path) -> None:
    touch(here, "one.png", "two.png")
    found, _ = errands(["one.png"], Path("labels.tif"))
    assert places(found) == {"labels.tif": ["one.png"]}
    (here / "folder.png").mkdir()
    found, _ = errands(["one.png"], Path("folder.png"))
    assert places(found) == {"folder.png/one.png": ["one.png"]}
    with pytest.raises(UnetgenError, match=r"labels\.tif: names a file, and there are 2 images"):
        errands(["one.png", "two.png"], Path("labels.tif"))


def test_files_of_single_channels_are_one_image_where_the_network_takes_so_many(here: Path) -> None:
    names = [f"in/{case}_000{channel}.nii.gz" for case in "ab" for channel in range(2)]
    touch(here, *names)
    found, _ = errands(["in"], Path("out"), channels=2)
    assert places(found) == {"out/a.nii.gz": names[:2], "out/b.nii.gz": names[2:]}
    for channels in (None, 1, 3):
        found, _ = errands(["in"], Path("out"), channels=channels)
        assert len(found) == 4


def test_predictions_below_the_images_are_not_predicted_again(here: Path) -> None:
    touch(here, "in/a.png", "in/out/a.png", "in/other/b.png")
    found, notes = errands(["in"], Path("in/out"))
    assert places(found) == {"in/out/a.png": ["in/a.png"], "in/out/other/b.png": ["in/other/b.png"]}
    assert notes == ["in/out: the 1 images in it are taken for predictions and left out"]


def test_whatever_is_wrong_with_the_places_is_said_at_once(here: Path) -> None:
    touch(here, "a/x.png", "b/x.png", "c/y.bmp")
    with pytest.raises(UnetgenError) as caught:
        errands(["nothing", "a", "gone.png"], Path("out"))
    assert str(caught.value).splitlines() == [
        "nothing: no such file or folder",
        "gone.png: no such file or folder",
    ]
    with pytest.raises(UnetgenError, match=r"x\.png: has the name of x\.png"):
        errands(["a", "b"], Path("out"))
    with pytest.raises(
        UnetgenError, match=r"a/x\.png: is an image that is to be predicted, and would be lost"
    ):
        errands(["a"], Path("a"))
    with pytest.raises(UnetgenError, match="matches no image"):
        errands(["a/*.tif"], Path("out"))


def test_a_prediction_is_done_once_it_is_newer_than_its_images_and_models(here: Path) -> None:
    touch(here, "a.png", "model.keras", "out/a.png")
    (errand,), _ = errands(["a.png"], Path("out"))
    os.utime("a.png", (1000, 1000))
    os.utime("model.keras", (2000, 2000))
    for age, is_done in ((999, False), (1500, False), (2000, True), (3000, True)):
        os.utime("out/a.png", (age, age))
        assert errand.is_done([Path("model.keras")]) is is_done
    (here / "out/a.png").unlink()
    assert not errand.is_done([Path("model.keras")])


KILLED = """
import shutil, sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from tests.killed import killed_at_every_step
from unetgen.images.files import read_image
from unetgen.predicting.files import errands, predict
from unetgen.predicting.predictor import Member, Predictor
from unetgen.predicting.settings import Settings

folder = Path(sys.argv[1])
output = SimpleNamespace(shape=(None, 8, 8, 2))
model = SimpleNamespace(
    name="twice", inputs=[None], input_shape=(None, 8, 8, 1), outputs=[output], layers=[],
    compute_output_shape=lambda given: (*given[:-1], 2),
    predict_on_batch=lambda x: np.concatenate([x, 1 - x], -1),
)
predictor = Predictor.of_members([Member(model, "channels_last")], Settings())
todo, _ = errands([str(folder / "in")], folder / "out", ".nii")

def work():
    for errand in todo:
        predict(predictor, errand)

def prepare():
    shutil.rmtree(folder / "out", ignore_errors=True)

prepare()
work()
whole = {errand.out: errand.out.read_bytes() for errand in todo}
steps = 0
for steps in killed_at_every_step(work, prepare):
    there = [errand.out for errand in todo if errand.out.exists()]
    assert there == [errand.out for errand in todo][: len(there)]
    for file in there:
        assert file.read_bytes() == whole[file], f"half a file at step {steps}"
    shown = {file for file in (folder / "out").glob("*") if not file.name.startswith(".")}
    assert shown == set(there)
work()
assert {file: file.read_bytes() for file in (folder / "out").glob("*")} == whole
print(steps)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="for POSIX systems")
def test_a_kill_at_any_step_leaves_whole_files_only(here: Path) -> None:
    (here / "in").mkdir()
    for index in range(2):
        np.save(here / "in" / f"{index}.npy", np.random.default_rng(index).random((12, 9, 1), "float32"))
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(here)], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40
