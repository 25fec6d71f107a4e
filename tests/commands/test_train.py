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
