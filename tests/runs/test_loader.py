"""Run files: read, overridden and checked together with the network that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from unetgen.errors import ConfigError
from unetgen.parts.ups.nearest import NearestUp
from unetgen.runs.loader import load_run, run_from_text
from unetgen.runs.run import Run

NETWORK = "{input: {shape: [32, 32], channels: 1}, depth: 2, base_filters: 4, num_classes: 2}"


def loaded(text: str, *overrides: str, folder: Path = Path()) -> Run:
    return run_from_text(text, "run.yaml", folder, overrides)


def problems(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        loaded(text, *overrides)
    return str(told.value).splitlines()


def test_a_network_is_a_bundled_name_a_file_beside_the_run_or_written_in_it(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        "input: {shape: [32, 32], channels: 1}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"
    )
    (tmp_path / "run.yaml").write_text("model: net.yaml\n")
    beside = load_run(tmp_path / "run.yaml")
    inside = loaded(f"model: {NETWORK}")
    assert beside.design.plan.fingerprint == inside.design.plan.fingerprint
    assert beside.design.config.name == "net"
    assert loaded("model: quickstart2d").design.config.name == "quickstart2d"
    for run in (beside, inside):
        assert run_from_text(run.to_yaml(), "again", tmp_path).digest == run.digest


def test_what_is_not_a_run_file_is_told_once_and_how_to_get_one(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("depth: 2\nnum_classes: 2\n")
    for path, place, said in (
        (tmp_path, "", "is a folder, not a run file"),
        (tmp_path / "net.yaml", ":2:1", "this is a network's config, not a run file"),
    ):
        with pytest.raises(ConfigError) as error:
            load_run(path)
        (problem,) = error.value.problems
        assert str(problem).startswith(f"{path}{place}: {said}; ")
        assert "`unetgen data DIR --write-run run.yaml` writes one" in str(problem)


def test_overrides_reach_the_run_and_into_its_network() -> None:
    for text in (f"model: {NETWORK}", "model: quickstart2d"):
        run = loaded(
            text, "model.depth=3", "fit.epochs=7", "data.augment=light", "model.up=nearest", "seed=5"
        )
        assert (run.design.config.depth, run.config.fit.epochs, run.config.seed) == (3, 7, 5)
        assert (run.config.data.augment.kind, run.design.config.up) == ("light", NearestUp())
    assert loaded("model: quickstart2d", f"model={NETWORK}").design.config.base_filters == 4


def test_values_in_masks_are_whole_numbers_there_and_nowhere_else() -> None:
    run = loaded(f"model: {NETWORK}\ndata: {{labels: {{0: background, 255: cell}}}}")
    assert run.config.data.labels == {0: "background", 255: "cell"}
    said = problems(f"model: {NETWORK}\ndata: {{0: images, labels: {{010: a}}}}")
    assert said[0].startswith("run.yaml:2:8: data.0: a key must be a string")
    assert "YAML 1.1 reads this as the integer 8" in said[1]


def test_everything_is_told_at_once_with_its_place() -> None:
    network = "model: {depth: 1, base_filters: 4, num_classes: 2, input: {shape: [32, 32]}}"
    text = f"{network}\nfit: {{epoch: 3}}\nsed: 1\n"
    said = problems(text, "data.patch.size=[16]", "model.kernel=[3,0]")
    assert [line.partition(": ")[0] for line in said] == [
        "run.yaml:1:16", "run.yaml:2:7", "run.yaml:3:1", "override 'model.kernel=[3,0]'",
    ]  # fmt: skip
    assert said[1].endswith("fit.epoch: unknown key; did you mean `epochs`?")
    assert said[2].endswith("sed: unknown key; did you mean `seed`?")
    assert "model.kernel.1: must be positive" in said[3]
    assert problems("fit: {epochs: 3}") == [
        "run.yaml:1:1: model: missing; it is needed: the network: the name of a bundled config, a config's "
        "file, relative to the run file, or a config itself. Overrides reach into it as `model.depth=4`"
    ]
    assert "must be a config" in problems("model: 3")[0]
    assert "run.yaml:1:8: model: no such file and no such bundled config" in problems("model: quickstrt2d")[0]


@pytest.mark.parametrize(
    ("more", "message", "advice"),
    [
        ("data: {channels: [0, 2]}", "data.channels: the network takes 1 channels", "model.input.channels=2"),
        (
            "data: {labels: {0: a, 1: b, 2: c}}",
            "data.labels: the network has 2 classes",
            "model.num_classes=3",
        ),
        (
            "data: {ignore: 255}",
            "data.ignore: the network's losses ignore no class",
            "model.compile.ignore_class=255",
        ),
        (
            "data: {patch: {size: [16, 32]}}",
            "data.patch.size.0: the network takes 32",
            "data.patch.size=null",
        ),
        ("data: {patch: {size: [16]}}", "data.patch.size: must have one number", "data.patch.size=[32,32]"),
        ("data: {spacing: [1, 1, 1]}", "data.spacing: must have one number", "data.spacing=[1,1]"),
        (
            "fit: {schedule: cosine}",
            "fit.schedule: the optimizer's learning rate is a schedule already",
            "fit.schedule=constant",
        ),
    ],
)
def test_what_the_network_and_the_run_contradict_each_other_in(more: str, message: str, advice: str) -> None:
    decay = "{kind: exponential_decay, initial_learning_rate: 0.1, decay_steps: 5, decay_rate: 0.5}"
    scheduled = f"compile: {{optimizer: {{kind: adam, learning_rate: {decay}}}}}" if "fit" in more else ""
    network = NETWORK[:-1] + (f", {scheduled}}}" if scheduled else "}")
    text = f"model: {network}\n{more}\n"
    (said,) = problems(text)
    assert message in said
    loaded(text, advice)


def test_a_patch_of_free_axes_is_of_a_legal_size() -> None:
    free = NETWORK.replace("[32, 32]", "[null, 32]")
    assert loaded(f"model: {free}", "data.patch.size=[18,32]").patch_size == (18, 32)
    assert loaded(f"model: {NETWORK}", "data.patch.size=32").patch_size == (32, 32)
    (said,) = problems(f"model: {free}", "data.patch.size=[17,32]")
    assert said.endswith("(got 17); the nearest: 16 and 18")


def test_the_digest_is_of_all_that_the_run_says() -> None:
    run = loaded(f"model: {NETWORK}")
    for override in ("model.depth=3", "data.augment=light", "fit.batch_size=3", "seed=1", "fit.epochs=3"):
        assert loaded(f"model: {NETWORK}", override).digest != run.digest
    assert loaded(f"model: {NETWORK}", "fit.epochs=3", "fit.patience=2").identity == run.identity
    assert loaded(f"model: {NETWORK}", "seed=3").identity != run.identity
