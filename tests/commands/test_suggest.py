"""`unetgen suggest`: a config for the images of a folder or of a run that loads, fits and can be trained."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

import unetgen as package
from tests.commands.conftest import unetgen
from tests.data.files import data_set, mask_like, picture, save
from tests.hostile.conftest import Outcome, Unetgen, refused
from unetgen.config.loader import load_design
from unetgen.config.resolved import yaml_of
from unetgen.data.checking import check_data
from unetgen.runs.loader import load_run
from unetgen.runs.takes import network_takes

__all__ = ["unetgen"]
THICK = (5.0, 5.0, 3.0, 5.0)


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """Four volumes of thick slices, one of them of thinner ones, with one channel."""
    for number, across in enumerate(THICK):
        affine = np.diag([0.7, 0.7, across, 1.0])
        values = picture(number, (64, 56, 14))
        save(tmp_path / f"volumes/images/v{number}.nii.gz", values, affine)
        save(tmp_path / f"volumes/masks/v{number}.nii.gz", mask_like(values, 1, 3), affine)
    return tmp_path / "volumes"


def followed(unetgen: Unetgen, config: Path, outcome: Outcome) -> list[str]:
    """Follow the advice of `outcome` up to the training: the run loads, and nothing is wrong with its data.

    Returns the overrides that it gave.
    """
    *before, train = [shlex.split(line) for line in outcome.out.splitlines() if line.startswith("unetgen ")]
    for command in before:
        assert unetgen(*command[1:]).code == 0
    assert train[:2] == ["unetgen", "train"]
    file, *overrides = train[2 : train.index("--out")]
    run = load_run(file, overrides)
    assert run.design.plan.fingerprint == load_design(config).plan.fingerprint
    assert run.patch_size == run.design.plan.input.spec.spatial
    assert check_data(run.config.data, run.folder, run.config.seed, network_takes(run.design)).problems == ()
    return overrides


def test_pictures_get_a_2d_network_that_can_be_trained(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=5, value=255, shape=(100, 130, 3))
    outcome = unetgen("suggest", "pics", "--memory", "2GiB", "--out", "mine.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    first = "mine.yaml: 5 levels, 2 patches of 112 x 144 at once, 3"
    assert outcome.out.startswith(first)
    config = package.load("mine.yaml")
    assert (config.name, config.input.shape, config.input.channels) == ("mine", (112, 144), 3)
    assert config.num_classes == 2
    assert unetgen("validate", "mine.yaml").code == 0
    assert followed(unetgen, Path("mine.yaml"), outcome) == [
        *("model=mine.yaml", "fit.batch_size=2", "data.patch.size=null"),
    ]


def test_thick_slices_get_flat_kernels_and_nnunets_spacing(unetgen: Unetgen, volumes: Path) -> None:
    outcome = unetgen("suggest", "volumes", "--memory", "2GiB", "--out", "mine.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    config = package.load("mine.yaml")
    assert config.input.shape == (64, 56, 20)
    text = Path("mine.yaml").read_text()
    assert "kernel: [[3, 3, 1], [3, 3, 1], [3, 3, 3], [3, 3, 3], [3, 3, 3]]\n" in text
    assert "# Kernels reach along axes of like spacing: axis 2 has 5.14 times the finest spacing" in text
    # the tenth percentile of 3 and three times 5, not the median
    assert "data.spacing=[0.7,0.7,3.6]" in followed(unetgen, Path("mine.yaml"), outcome)


def test_slices_get_a_2d_network(unetgen: Unetgen, volumes: Path) -> None:
    outcome = unetgen("suggest", "volumes", "--memory", "2GiB", "--dims", "2", "--out", "mine.yaml")
    assert package.load("mine.yaml").input.shape == (64, 56)
    asked = followed(unetgen, Path("mine.yaml"), outcome)
    assert {"data.slices=2", "data.spacing=[0.7,0.7,3.6]"} <= set(asked)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Volumes of which little fits into a small memory."""
    for number in range(3):
        values, affine = picture(number, (100, 90, 60)), np.diag([0.7, 0.7, 1.0, 1.0])
        save(tmp_path / f"volumes/images/v{number}.nii.gz", values, affine)
        save(tmp_path / f"volumes/masks/v{number}.nii.gz", mask_like(values, 1, 3), affine)
    return tmp_path / "volumes"


def test_a_lower_resolution_is_offered_and_suggested(unetgen: Unetgen, large: Path) -> None:
    full = unetgen("suggest", "volumes", "--memory", "400MiB", "--out", "full.yaml", "--json")
    assert "`--resolution low` suggests the network for coarser images" in full.err
    assert "`--resolution low` suggests it." in " ".join(Path("full.yaml").read_text().split("\n#  "))
    offered = json.loads(full.out)
    low = unetgen("suggest", "volumes", "--memory", "400MiB", "--resolution", "low", "--out", "low.yaml")
    assert (low.code, low.err) == (0, "")
    spacing = ",".join(f"{each:.4g}" for each in offered["low_resolution"]["spacing"])
    assert f"data.spacing=[{spacing}]" in followed(unetgen, Path("low.yaml"), low)
    assert list(package.load("low.yaml").input.shape) == offered["low_resolution"]["patch_size"]
    said = json.loads(
        unetgen("suggest", "volumes", "--memory", "400MiB", "--resolution", "low", "--json").out
    )
    assert (offered["resolution"], said["resolution"], said["low_resolution"]) == ("full", "low", None)
    assert said["median_size"] == offered["low_resolution"]["median_size"]
    assert offered["median_size"] == [100, 90, 60]


def test_a_lower_resolution_that_is_not_needed_or_not_there_is_refused(
    unetgen: Unetgen, large: Path, tmp_path: Path
) -> None:
    low = ("--resolution", "low", "--out", "a.yaml")
    asked = unetgen("suggest", "volumes", "--memory", "8GiB", *low)
    refused(asked, "--resolution low: a patch shows 100.0% of an image, which is enough; leave it out")
    asked = unetgen("suggest", "volumes", "--memory", "1GiB", "--dims", "2", *low)
    refused(asked, "--resolution low: nnU-Net plans it for 3D networks alone; leave it out")
    for number in range(2):
        save(tmp_path / f"plain/images/v{number}.npy", picture(number, (60, 60, 60)))
        save(tmp_path / f"plain/masks/v{number}.npy", mask_like(picture(number, (60, 60, 60)), 1, 3))
    asked = unetgen("suggest", "plain", "--memory", "300MiB", *low)
    message = "--resolution low: not all files say a spacing, so that images cannot be brought to another"
    refused(asked, f"{message}; leave it out")
    assert not Path("a.yaml").exists()


def test_from_python_it_is_the_same(unetgen: Unetgen, large: Path) -> None:
    run_file(large)
    command = ("--memory", "400MiB", "--resolution", "low", "--residual", "--precision", "mixed_bfloat16")
    said = json.loads(unetgen("suggest", "volumes/run.yaml", "data.slices=null", *command, "--json").out)
    found = package.suggest(
        *("volumes/run.yaml", "400MiB", "suggested.yaml", ["data.slices=null"]),
        residual=True, precision="mixed_bfloat16", resolution="low",
    )  # fmt: skip
    assert found.as_json() == said
    assert not Path("suggested.yaml").exists()
    assert package.load(found.save()).input.shape == found.found.shape.patch
    run = load_run("volumes/run.yaml", found.overrides)
    assert run.design.config.execution.precision == "mixed_bfloat16"
    flat = package.suggest(large, 2**30, dims=2)
    assert (flat.found.candidate.dims, flat.facts.slices) == (2, 2)
    for wrong in (0, -1.0, "much", float("nan")):
        with pytest.raises(package.UnetgenError):
            package.suggest(large, wrong)


def test_every_field_that_follows_from_the_data_has_its_reason(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=3, shape=(64, 64))
    lines = unetgen("suggest", "pics", "--memory", "1GiB").out.splitlines()
    for field in ("input", "depth", "base_filters", "kernel", "padding", "block", "down", "head", "compile"):
        (place,) = [number for number, line in enumerate(lines) if line.startswith(f"{field}:")]
        assert lines[place - 1].startswith("# ")


@pytest.mark.parametrize("memory", ["300MiB", "1GiB", "3GB"])
def test_the_memory_that_is_said_is_that_of_show(unetgen: Unetgen, volumes: Path, memory: str) -> None:
    outcome = unetgen("suggest", "volumes", "--memory", memory, "--out", "mine.yaml", "--json")
    said = json.loads(outcome.out)
    batch = str(said["batch_size"])
    shown = json.loads(unetgen("show", "mine.yaml", "--batch", batch, "--json").out)
    assert shown["memory"]["train_bytes"] == said["train_bytes"]
    limit = {"300MiB": 300 * 2**20, "1GiB": 2**30, "3GB": 3e9}[memory]
    assert said["train_bytes"] <= limit
    assert shown["params"]["total"] == said["params"]
    assert shown["fingerprint"] == said["fingerprint"]
    assert [3, *said["patch_size"]] == [said["dims"], *shown["input_shape"][:-1]]


def test_json_is_one_object_and_writes_the_file_too(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=3, shape=(64, 64))
    said = json.loads(unetgen("suggest", "pics", "--memory", "1GiB", "--json").out)
    assert said["median_size"] == [64.0, 64.0]
    assert said["classes"] == ["background", "foreground"]
    assert said["overrides"] == ["model=suggested.yaml", "fit.batch_size=2", "data.patch.size=null"]
    assert not Path("suggested.yaml").exists()


def run_file(folder: Path, **sections: object) -> Path:
    """A run of a network that does not suit the images."""
    model = {"input": {"shape": [8, 8], "channels": 1}, "depth": 2, "base_filters": 2, "num_classes": 2}
    file = folder / "run.yaml"
    file.write_text(yaml_of({"model": model, **sections}, ""))
    return file


def test_a_run_says_what_the_data_are(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "here", count=4, value=9, shape=(48, 40))
    labels = {"0": "background", "9": "cell", "12": "debris"}
    fit = {"epochs": 3, "schedule": "cosine"}
    model = {"input": {"shape": [8, 8], "channels": 1}, "depth": 2, "base_filters": 2, "num_classes": 3}
    model |= {"compile": {"ignore_class": 255}, "execution": {"precision": "mixed_bfloat16"}}
    data = {"labels": {int(key): name for key, name in labels.items()}, "ignore": 3, "patch": {"size": 8}}
    run_file(tmp_path / "here", data=data, fit=fit)
    (tmp_path / "here/run.yaml").write_text(yaml_of({"model": model, "data": data, "fit": fit}, ""))
    outcome = unetgen("suggest", "here/run.yaml", "--memory", "2GiB", "--out", "mine.yaml")
    assert outcome.code == 0, outcome.err
    config = package.load("mine.yaml")
    assert (config.num_classes, config.compile.ignore_class) == (3, 255)
    assert config.execution.precision == "mixed_bfloat16"
    asked = followed(unetgen, Path("mine.yaml"), outcome)
    assert asked[0] == "model=../mine.yaml"
    assert {"fit.schedule=constant", "data.patch.size=null"} <= set(asked)


def test_overrides_reach_the_run(unetgen: Unetgen, volumes: Path) -> None:
    run_file(volumes, data={"spacing": [0.7, 0.7, 5.0], "slices": 2})
    two = unetgen("suggest", "volumes/run.yaml", "--memory", "1GiB", "--out", "two.yaml")
    assert package.load("two.yaml").input.shape == (64, 56)
    assert "data." not in " ".join(followed(unetgen, Path("two.yaml"), two))
    one = unetgen("suggest", "volumes/run.yaml", "data.slices=0", "--memory", "1GiB", "--out", "one.yaml")
    assert package.load("one.yaml").input.shape == (56, 14), one.err
    volume = ("--dims", "3", "--memory", "1GiB", "--out", "volume.yaml")
    three = unetgen("suggest", "volumes/run.yaml", *volume)
    assert package.load("volume.yaml").input.shape == (64, 56, 14)
    assert "data.slices=null" in followed(unetgen, Path("volume.yaml"), three)


def test_a_run_that_resamples_nothing_is_told_the_spacing(unetgen: Unetgen, volumes: Path) -> None:
    run_file(volumes)
    outcome = unetgen("suggest", "volumes/run.yaml", "--memory", "1GiB", "--out", "mine.yaml")
    assert outcome.code == 0
    assert "spacings differ: 0.7 x 0.7 x 3 to 0.7 x 0.7 x 5" in outcome.err
    asked = followed(unetgen, Path("mine.yaml"), outcome)
    assert asked == ["model=../mine.yaml", "fit.batch_size=2", "data.spacing=[0.7,0.7,3.6]"]


def test_names_that_a_shell_or_a_comment_would_break_are_quoted(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "my pics, new", count=3, shape=(32, 32))
    outcome = unetgen("suggest", "my pics, new", "--memory", "1GiB", "--out", "the 'net'.yaml")
    followed(unetgen, Path("the 'net'.yaml"), outcome)
    data_set(tmp_path / "a\nb: 1", count=3, shape=(32, 32))
    assert unetgen("suggest", "a\nb: 1", "--memory", "1GiB", "--out", "line.yaml").code == 0
    assert package.load("line.yaml").input.shape == (32, 32)


def test_nnunets_own_target_is_one_word(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=300, shape=(16, 12))
    said = json.loads(unetgen("suggest", "pics", "--memory", "nnunet", "--json").out)
    assert (said["patch_size"], said["stages"], said["batch_size"]) == ([16, 12], 2, 15)
    said = json.loads(unetgen("suggest", "pics", "--memory", "nnunet", "--residual", "--json").out)
    assert (said["family"], said["batch_size"]) == ("residual", 300)


def test_what_cannot_be_suggested_is_refused_by_name(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "tiny", count=3, shape=(7, 9))
    message = "nnU-Net's rules halve no axis of images of 7 x 9 positions at a spacing of 1 x 1"
    assert message in unetgen("suggest", "tiny", "--memory", "1GiB", "--out", "a.yaml").err
    data_set(tmp_path / "pics", count=3, shape=(32, 32))
    outcome = unetgen("suggest", "pics", "--memory", "90MiB", "--out", "a.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--memory: 90.0 MiB is too little" in outcome.err
    advised = outcome.err.split("--memory ")[-1].split()[0]
    assert unetgen("suggest", "pics", "--memory", advised).code == 0
    outcome = unetgen("suggest", "pics", "--memory", "1GiB", "--dims", "3")
    refused(outcome, "--dims 3: the images have 2 axes; leave it out")
    assert not Path("a.yaml").exists()


def test_signals_are_refused(unetgen: Unetgen, tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"lines/images/a{number}.npy", picture(number, (64, 1))[:, 0])
        save(tmp_path / f"lines/masks/a{number}.npy", mask_like(picture(number, (64,)), 1, 1))
    outcome = unetgen("suggest", "lines", "--memory", "1GiB")
    assert outcome.code == 2
    assert "the images have 1 axis, and nnU-Net's rules are for 2 and 3" in outcome.err


def test_all_problems_of_the_data_are_told(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=4, shape=(32, 32))
    save(tmp_path / "pics/masks/a1.png", mask_like(picture(1, (30, 32))))
    (tmp_path / "pics/images/a2.png").write_bytes(b"no picture")
    outcome = unetgen("suggest", "pics", "--memory", "1GiB", "--out", "mine.yaml")
    assert (outcome.code, outcome.out) == (2, "")
    assert "a1.png" in outcome.err
    assert "a2.png" in outcome.err
    assert not Path("mine.yaml").exists()


def test_images_without_masks_have_no_classes(unetgen: Unetgen, tmp_path: Path) -> None:
    save(tmp_path / "pics/a.png", picture(0, (32, 32)))
    outcome = unetgen("suggest", "pics", "--memory", "1GiB")
    assert outcome.code == 2
    assert "there are no masks, so nothing says which classes there are" in outcome.err


def test_arguments_that_make_no_sense_are_refused(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=3, shape=(32, 32))
    run = run_file(tmp_path / "pics")
    outcome = unetgen("suggest", "pics", "data.slices=2", "--memory", "1GiB")
    refused(outcome, "pics: overrides are of a run file; `unetgen data` writes one of this folder")
    before = run.read_text()
    outcome = unetgen("suggest", "pics/run.yaml", "--memory", "1GiB", "--out", "pics/run.yaml")
    refused(outcome, "pics/run.yaml: is the run file itself; name another")
    assert run.read_text() == before
    for wrong in ("0", "-1GiB", "much", "nan"):
        outcome = unetgen("suggest", "pics", f"--memory={wrong}")
        assert outcome.code == 2
        assert "--memory" in outcome.err
    assert "no such file" in unetgen("suggest", "nothing", "--memory", "1GiB").err
    assert "suffix '.json'" in unetgen("suggest", "pics", "--memory", "1GiB", "--out", "a.json").err


def test_a_preset_is_nnunets_residual_encoder_for_its_target(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=40, shape=(128, 144))
    said = [
        json.loads(unetgen("suggest", "pics", "--preset", name, "--json").out) for name in ("M", "L", "XL")
    ]
    by_memory = json.loads(unetgen("suggest", "pics", "--memory", "nnunet", "--residual", "--json").out)
    assert said[0] == by_memory
    assert [each["family"] for each in said] == ["residual"] * 3
    assert said[0]["patch_size"] == said[1]["patch_size"] and said[0]["batch_size"] <= said[1]["batch_size"]
    assert unetgen("suggest", "pics", "--preset", "L", "--out", "l.yaml").code == 0
    words = " ".join(Path("l.yaml").read_text().replace("#", " ").split())
    assert "asked for: 24 GB by nnU-Net's measure" in words
    both = unetgen("suggest", "pics", "--preset", "L", "--memory", "8GiB")
    assert (both.code, both.out) == (2, "")
    assert "not allowed with argument --preset" in both.err
    with pytest.raises(package.UnetgenError, match="preset: L has a memory of its own"):
        package.suggest("pics", "8GiB", preset="L")
