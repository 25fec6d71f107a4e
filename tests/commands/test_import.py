from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

import unetgen as package
from tests.hostile.conftest import Unetgen, refused

PLANS = Path(__file__).parents[1] / "importing/plans"


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name in ("hippocampus.json", "hippocampus_dataset.json", "hippocampus_resenc_old.json"):
        shutil.copy(PLANS / name, tmp_path)


ASKED = ("import", "nnunet", "hippocampus.json", "--configuration", "3d_fullres")
DATA = ("--dataset-json", "hippocampus_dataset.json")


def test_what_is_printed_is_a_config(tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen(*ASKED, *DATA)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "# nnU-Net, Dataset004_Hippocampus, 3d_fullres\n# Trainable parameters: 5,603,177.\n"
        'name: "nnunet_Dataset004_Hippocampus_3d_fullres"\n'
    )
    (tmp_path / "printed.yaml").write_text(outcome.out, encoding="utf-8")
    config = package.load(tmp_path / "printed.yaml")
    assert package.plan(config).params == 5_603_177
    assert config.source is not None
    assert unetgen("validate", "printed.yaml").code == 0


def test_a_file_is_named_after_itself(tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen(*ASKED, *DATA, "--out", "mine.yaml")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert package.load(tmp_path / "mine.yaml").name == "mine"
    assert unetgen(*ASKED, *DATA, "--out", "mine.yaml", "--name", "other").code == 0
    assert package.load(tmp_path / "mine.yaml").name == "other"


def test_numbers_stand_for_the_dataset_json(tmp_path: Path, unetgen: Unetgen) -> None:
    by_file = unetgen(*ASKED, *DATA).out
    assert unetgen(*ASKED, "--channels", "1", "--classes", "3").out == by_file
    regions = unetgen(*ASKED, "--channels", "1", "--classes", "3", "--regions").out
    assert "activation: sigmoid" in regions


def test_a_residual_encoder_from_old_plans(unetgen: Unetgen) -> None:
    arguments = ("hippocampus_resenc_old.json", "--configuration", "3d_fullres", "--channels", "1")
    outcome = unetgen("import", "nnunet", *arguments, "--classes", "3")
    assert "# Trainable parameters: 25,895,593." in outcome.out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what the data is: --dataset-json FILE, or --channels N and --classes N"),
        (("--channels", "1"), "say what the data is: --dataset-json FILE, or --channels N and --classes N"),
        *(
            (
                (*DATA, *options),
                "--dataset-json says the channels and the classes: leave out "
                f"{', '.join(option for option in options if option.startswith('-'))}, or leave out "
                "--dataset-json",
            )
            for options in (
                ("--channels", "1"),
                ("--classes", "3"),
                ("--regions",),
                ("--channels", "1", "--classes", "3", "--regions"),
            )
        ),
        (("--dataset-json", "none.json"), "none.json: no such file"),
        (("--dataset-json", "hippocampus.json"), "hippocampus.json: channel_names: missing"),
        ((*DATA, "--out", "mine.json"), "mine.json: suffix '.json' says no format; use one of .yaml"),
        (
            (*DATA, "--out", "no/mine.yaml"),
            "no/mine.yaml: there is no folder no; make it first, or name another",
        ),
        (
            (*DATA, "--name", "my net"),
            "hippocampus.json: configurations.3d_fullres: gives a config that is refused: name: must begin "
            "with a letter or digit, and have only letters, digits, `.`, `_` and `-` (got 'my net')",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: tuple[str, ...], message: str, unetgen: Unetgen, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    refused(unetgen(*ASKED, *arguments), message)
    assert sorted(tmp_path.iterdir()) == before


def test_a_pickle_is_said_to_be_of_nnunet_v1_and_is_not_loaded(tmp_path: Path, unetgen: Unetgen) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "loaded"),)

    for name in ("nnUNetPlansv2.1_plans_3D.pkl", "plans.json"):
        (tmp_path / name).write_bytes(pickle.dumps({"plans_per_stage": Evil()}))
        outcome = unetgen("import", "nnunet", name, "--configuration", "3d_fullres", *DATA)
        refused(
            outcome,
            f"{name}: is a pickle, as are the plans of nnU-Net v1, which is not read; a pickle is never "
            "loaded, because it could run code; convert the data set with "
            "nnUNetv2_convert_old_nnUNet_dataset and plan it with nnUNetv2_plan_and_preprocess; v2's "
            "nnUNetPlans.json and dataset.json are read",
        )
    assert not (tmp_path / "loaded").exists()


def test_a_cascade_gets_its_channels_from_numbers_too(tmp_path: Path, unetgen: Unetgen) -> None:
    plans = json.loads((tmp_path / "hippocampus.json").read_text("utf-8"))
    plans["configurations"]["3d_cascade_fullres"] = {
        "inherits_from": "3d_fullres",
        "previous_stage": "3d_lowres",
    }
    (tmp_path / "cascade.json").write_text(json.dumps(plans))
    asked = ("import", "nnunet", "cascade.json", "--configuration", "3d_cascade_fullres")
    by_file = unetgen(*asked, *DATA).out
    assert "channels: 3}" in by_file
    assert unetgen(*asked, "--channels", "1", "--classes", "3").out == by_file
    for options, what in ((("3", "--regions"), "regions"), (("1",), "one class")):
        refused(
            unetgen(*asked, "--channels", "1", "--classes", *options),
            "a cascade's second stage takes the labels of the first as further channels, and "
            f"{what} cannot say how many there are: use --dataset-json FILE",
        )


def test_a_refused_import_leaves_the_old_file(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text("old")
    plans = json.loads((tmp_path / "hippocampus.json").read_text("utf-8"))
    plans["configurations"]["3d_fullres"]["patch_size"] = [40, 56, 41]
    (tmp_path / "hippocampus.json").write_text(json.dumps(plans))
    outcome = unetgen(*ASKED, *DATA, "--out", "mine.yaml")
    assert outcome.code == 2
    assert outcome.err.startswith("hippocampus.json: configurations.3d_fullres.patch_size: does not fit")
    assert (tmp_path / "mine.yaml").read_text() == "old"


def test_usage(unetgen: Unetgen) -> None:
    assert unetgen("import").code == 2
    assert unetgen("import", "keras").code == 2
    assert unetgen("import", "nnunet", "hippocampus.json").code == 2
    assert unetgen("import", "weights", "a.pth", "--from", "tf", "--out", "a.keras").code == 2
    assert "unrecognized arguments: depth=4" in unetgen(*ASKED, "depth=4").err
    for what in ((), ("nnunet",), ("weights",)):
        outcome = unetgen("import", *what, "--help")
        assert (outcome.code, outcome.err) == (0, "")


def test_weights_go_into_a_keras_file_only(unetgen: Unetgen) -> None:
    refused(
        unetgen("import", "weights", "a.pth", "--from", "nnunet", "--out", "a.h5"),
        "a.h5: suffix '.h5' says no format; use one of .keras",
    )
    refused(
        unetgen("import", "weights", "a.pth", "--from", "nnunet", "depth=3", "--out", "a.keras"),
        "overrides need --config",
    )
