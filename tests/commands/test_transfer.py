"""`unetgen transfer`: the file it writes, what it says of it, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tests.hostile.conftest import Unetgen, refused
from tests.tiers import thorough
from unetgen.archives import read_member
from unetgen.config.loader import load_design
from unetgen.data.preprocessing import Preprocessing
from unetgen.model.building import built_with_optimizer
from unetgen.model.loading import known_design, loaded
from unetgen.model.running import called, give_random_weights, random_input
from unetgen.model.saving import write_with_config

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as training keeps it, which says how its classes are called."""
    design = load_design("quickstart2d", TINY)
    model = built_with_optimizer(design)
    give_random_weights(model)
    file = tmp_path_factory.mktemp("source") / "model.keras"
    stored = Preprocessing(classes=("background", "cell"), values={0: 0, 255: 1})
    write_with_config(model, design.config, file, {"preprocessing.json": stored.to_json()})
    return file


def test_the_new_file_is_a_model_with_the_old_weights(source: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("transfer", str(source), "quickstart2d", *TINY, "seed=3", "--out", "new.keras")
    assert outcome.code == 0, outcome.err
    *_, line, prepared = outcome.out.splitlines()
    assert line.startswith("quickstart2d: ") and line.endswith("parameters carried, 0 new, 0 left behind")
    assert prepared == "what is done to images before they are predicted is kept"
    old, new = loaded(source), loaded(tmp_path / "new.keras")
    x = random_input(old)
    assert np.array_equal(called(new, x)[0], called(old, x)[0])
    design = known_design(tmp_path / "new.keras")
    assert design is not None and design.config.seed == 3
    member = read_member(tmp_path / "new.keras", "preprocessing.json", 10**6)
    assert member == read_member(source, "preprocessing.json", 10**6)


def test_classes_go_by_number_and_name(source: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    arguments = ["num_classes=3", "--classes", "2=cell,0=0", "--out", "new.keras", "--json"]
    outcome = unetgen("transfer", str(source), "quickstart2d", *TINY, *arguments)
    said = json.loads(outcome.out)
    assert (said["file"], said["preprocessing"]) == ("new.keras", False)
    head = said["layers"][-1]
    assert (head["layer"], head["new"], head["why"]) == ("head", 3, "classes 2 from 1, 0 from 0")
    assert said["params"] == {"carried": said["params"]["carried"], "new": 3, "left_behind": 0}
    kernel, kernel_old = (
        loaded(file).get_layer("head").get_weights()[0] for file in (tmp_path / "new.keras", source)
    )
    assert np.array_equal(kernel[..., [2, 0]], kernel_old[..., [1, 0]])
    assert read_member(tmp_path / "new.keras", "preprocessing.json", 10**6) is None


def test_all_that_is_wrong_with_classes_is_told(source: Path, unetgen: Unetgen) -> None:
    wrong = "0,1=cel,1=0,1=1,x=2"
    outcome = unetgen(
        "transfer", str(source), "quickstart2d", *TINY, "--classes", wrong, "--out", "new.keras"
    )
    expects = "must be numbers of new classes, each with an old one: 0=0,2=cell"
    refused(
        outcome,
        f"--classes: {expects} (got '0')",
        "--classes: the source has no class 'cel'; did you mean `cell`?",
        f"--classes: names the class 1 twice (got {wrong!r})",
        f"--classes: {expects} (got 'x=2')",
    )


def test_files_that_would_be_lost_or_are_not_there_are_refused(source: Path, unetgen: Unetgen) -> None:
    lost = f"{source}: is the source itself, which would be lost; name another file"
    refused(unetgen("transfer", str(source), "quickstart2d", "--out", str(source)), lost)
    outcome = unetgen("transfer", "no.keras", "quickstart2d", "--out", "new.keras")
    assert outcome.code == 2 and outcome.err.startswith("no.keras: no such file")


@thorough
def test_what_does_not_fit_leaves_no_file(source: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    outcome = unetgen(
        "transfer", str(source), "quickstart2d", *TINY, "base_filters=3", "norm=none", "--out", "new.keras"
    )
    assert outcome.code == 2
    assert f"{source}: nothing of the model fits quickstart2d:" in outcome.err
    assert not (tmp_path / "new.keras").exists()
    from unetgen.model.optimizing import optimize_file

    optimize_file(source, load_design("quickstart2d", TINY), tmp_path / "fast.keras")
    outcome = unetgen("transfer", "fast.keras", "quickstart2d", *TINY, "--out", "new.keras")
    assert outcome.err.startswith(
        "fast.keras: is optimized for inference, and its weights are those of other"
    )
