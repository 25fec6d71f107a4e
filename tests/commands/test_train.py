"""`unetgen train`: what it prints, and what it refuses before TensorFlow starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.conftest import RUN, write_discs
from unetgen import cli


@pytest.fixture
def discs(tmp_path: Path) -> Path:
    write_discs(tmp_path)
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path / "run.yaml"


def test_a_line_for_each_epoch_and_what_to_do_next(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert cli.main(["train", str(discs), "fit.epochs=2", "--out", out]) == 0
    first, second, kept, advice = capsys.readouterr().out.splitlines()
    assert first.startswith("epoch 1/2  loss ") and "  val_dice " in first
    assert second.startswith("epoch 2/2  loss ")
    assert kept.startswith(f"{Path(out) / 'model.keras'}: epoch ")
    predicted = str(tmp_path / "predicted")
    model = advice.split("`")[1].split()[2]
    assert cli.main(["predict", model, str(discs.parent / "images"), "--out", predicted, "-q"]) == 0
    assert len(list(Path(predicted).iterdir())) == 6
    capsys.readouterr()
    assert cli.main(["train", str(discs), "fit.epochs=2", "--out", out]) == 2
    assert "--resume goes on with it" in capsys.readouterr().err
    assert cli.main(["train", str(discs), "fit.epochs=2", "--out", out, "--resume", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["epoch"] for row in said["history"]] == [1, 2]
    assert said["best_epoch"] in (1, 2)


def test_what_is_to_be_known_of_the_data_is_told_before_the_first_epoch(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (discs.parent / "images/notes\x1b.txt").write_text("")
    said = ["train", str(discs), "fit.epochs=1", "fit.steps=1", "fit.class_weights={background:1,disc:2.5}"]
    assert cli.main([*said, "--out", str(tmp_path / "out")]) == 0
    note, weights, epoch, *_ = capsys.readouterr().out.splitlines()
    assert note == f"note: {discs.parent}/images: 1 file of other formats left out: notes\\x1b.txt"
    assert weights == "class weights: background 1, disc 2.5"
    assert epoch.startswith("epoch 1/1  loss ")
    assert cli.main(["data", str(discs)]) == 0
    assert note in capsys.readouterr().err, "as `unetgen data` tells it"
    assert cli.main([*said, "--out", str(tmp_path / "out"), "--resume", "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert known["class_weights"] == {"background": 1.0, "disc": 2.5}
    assert known["notes"] == [note.removeprefix("note: ").replace("\\x1b", "\x1b")]


@pytest.mark.parametrize("arguments", [["nothing.yaml"], ["run.yaml", "fit.epochs=0"], ["run.yaml", "fit"]])
def test_a_bad_run_is_refused_before_tensorflow_starts(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("model: quickstart2d\n")
    code = (
        "import sys; from unetgen import cli; code = cli.main(sys.argv[1:]); "
        "sys.exit(77 if 'tensorflow' in sys.modules else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "train", *arguments, "--out", "out"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 2, done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        (
            "2",
            "devices: there is 1: the CPU, with all its cores, as TensorFlow sees no GPU (got 2); leave it",
        ),
        ("some", "argument --devices: must be a positive whole number, or all (got 'some')"),
        ("0", "argument --devices: must be a positive whole number, or all (got '0')"),
    ],
)
def test_devices_that_there_are_not_are_refused(
    devices: str, said: str, discs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("unetgen.model.session.visible_devices", lambda: ("CPU:0",))
    out = discs.parent / "out"
    try:
        code: object = cli.main(["train", str(discs), "--out", str(out), "--devices", devices])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
