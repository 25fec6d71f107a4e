"""Run files with a defaults list: what they are composed of, and where their errors stand."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from omegaconf import OmegaConf

from unetgen.config.bundled import config_dir
from unetgen.config.composing import overrides as overriding
from unetgen.config.composing.compose import compose
from unetgen.errors import ConfigError, OldNameWarning
from unetgen.runs.loader import RUNS, load_run, run_from_text

NETWORK = "input: {shape: [32, 32], channels: 1}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"
FILES = {
    "model/small": NETWORK,
    "model/deep": f"defaults: [small, _self_]\n{NETWORK.replace('depth: 2', 'depth: 3')}up: transposed\n",
    "data/cells": "images: pictures\nlabels: {0: rest, 255: cell}\n",
    "data/scans": "images: scans\nmasks: null\n",
    "fit/long": "epochs: 90\nschedule: cosine\n",
    "fit/short": "epochs: 3\n",
}
LIST = "defaults: [model: small, data: cells, fit: long, _self_]\n"


def kind(part: object) -> str:
    return str(getattr(part, "kind"))  # noqa: B009  # of one that stands for all levels


def write(folder: Path, text: str, **more: str) -> Path:
    """A run file with groups beside it."""
    for name, content in {**FILES, **more, "run": text}.items():
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder / "run.yaml"


def problems(file: Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        load_run(file, overrides)
    return str(told.value).replace(f"{file.parent}/", "").splitlines()


def hydras(file: Path, overrides: tuple[str, ...]) -> Any:
    with initialize_config_dir(str(file.parent), version_base=None):
        config = hydra_compose(file.stem, [*overrides, f"hydra.searchpath=['file://{config_dir()}']"])
    return OmegaConf.to_container(config, resolve=False)


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        (f"{LIST}seed: 3\n", ()),
        (f"{LIST}fit: {{batch_size: 4}}\n", ("fit=short", "model=deep", "data=scans")),
        ("defaults: [fit: short, quickstart2d@model, _self_]\nmodel: {depth: 3}\n", ("fit.epochs=4",)),
        (
            "defaults: [model: small, up@model.up: linear, data: '???']\n",
            ("up@model.up=nearest", "data=cells"),
        ),
        ("defaults: [model: deep, override /model: small]\n", ("~model", "+fit=long", "model=quickstart2d")),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # Hydra's own, of a list without _self_
def test_composition_equals_hydras(text: str, overrides: tuple[str, ...], tmp_path: Path) -> None:
    file = write(tmp_path, text)
    source, values = compose(file, "run.yaml", overriding.parse(overrides), RUNS)
    overriding.apply(source, values)
    theirs = hydras(file, overrides)
    for labels in filter(None, [theirs.get("data", {}).get("labels")]):
        theirs["data"]["labels"] = {str(value): name for value, name in labels.items()}
    assert (source.problems, source.data) == ([], theirs)


def test_sections_and_the_network_come_from_groups_and_overrides_choose_others(tmp_path: Path) -> None:
    file = write(tmp_path, f"{LIST}fit: {{batch_size: 4}}\n")
    run = load_run(file)
    assert (run.design.config.depth, run.config.fit.epochs, run.config.fit.batch_size) == (2, 90, 4)
    assert run.config.data.labels == {0: "rest", 255: "cell"}
    assert (run.config.data.images, run.folder) == (("pictures",), tmp_path)
    other = load_run(file, ["fit=short", "model=deep", "model.base_filters=8", "data.images=[a,b]"])
    assert (other.config.fit.epochs, other.config.fit.schedule.kind) == (3, "constant")
    assert (kind(other.design.config.up), other.design.config.base_filters) == ("transposed", 8)
    assert other.config.data.images == ("a", "b")


def test_bundled_configs_and_their_groups_make_the_network(tmp_path: Path) -> None:
    text = "defaults: [quickstart2d@model, up@model.up: transposed, norm@model.norm: instance, _self_]\n"
    file = write(tmp_path, f"{text}model: {{depth: 3}}\n")
    network = load_run(file).design.config
    assert (network.depth, kind(network.up), kind(network.norm)) == (3, "transposed", "instance")
    assert kind(load_run(file, ["up@model.up=linear"]).design.config.up) == "linear"


def test_a_named_file_composes_by_itself_and_overrides_reach_its_groups(tmp_path: Path) -> None:
    network = f"defaults: [skip: concat, _self_]\n{NETWORK}"
    file = write(tmp_path, "model: net.yaml\n", net=network)
    assert kind(load_run(file).design.config.skip) == "concat"
    assert kind(load_run(file, ["model.skip=attention"]).design.config.skip) == "attention"


def test_a_run_goes_on_from_another(tmp_path: Path) -> None:
    base = f"{LIST}seed: 3\n"
    file = write(tmp_path, "defaults: [base, _self_]\nfit: {epochs: 7}\nmodel: {depth: 3}\n", base=base)
    run = load_run(file)
    assert (run.config.seed, run.config.fit.epochs, run.design.config.depth) == (3, 7, 3)
    assert run.digest == run_from_text(run.to_yaml(), "run.yaml", tmp_path).digest


def test_bare_names_and_their_options_meet(tmp_path: Path) -> None:
    file = write(tmp_path, f"{LIST}fit: {{schedule: {{warmup: 3}}}}\nmodel: {{up: {{filters: 8}}}}\n")
    run = load_run(file, ["model=deep", "data.augment=light"])
    assert run.config.fit.schedule.model_dump() == {"kind": "cosine", "warmup": 3, "end": 0.0}
    assert run.design.config.to_dict()["up"].items() >= {"kind": "transposed", "filters": 8}.items()
    assert run.config.data.augment.kind == "light"
    assert load_run(file, ["model=deep", "fit.schedule=polynomial"]).config.fit.schedule.kind == "polynomial"


def test_everything_wrong_is_told_at_its_file_and_line(tmp_path: Path) -> None:
    files = {
        "model/small": NETWORK.replace("depth: 2", "depth: 1"),
        "data/cells": "imagse: pictures\nlabels: {a: rest}\n",
        "fit/long": "epochs: 010\nschedule: cosin\n",
    }
    said = problems(write(tmp_path, f"{LIST}seed: -1\n", **files), "model.kernel=0", "fit.epoch=3")
    places = [line.partition(": must")[0].partition(": unknown")[0].partition(": YAML")[0] for line in said]
    assert sorted(places) == [
        "data/cells.yaml:1:1: data.imagse",
        "data/cells.yaml:2:9: data.labels",
        "fit/long.yaml:1:9: fit.epochs",
        "fit/long.yaml:2:11: fit.schedule",
        "model/small.yaml:2:8: model.depth",
        "override 'fit.epoch=3': fit.epoch",
        "override 'model.kernel=0': model.kernel",
        "run.yaml:2:7: seed",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "defaults: [fit: lnog]\n",
            "run.yaml:1:12: defaults.0: no such option of the group `fit` (got 'lnog'); did you mean `long`?",
        ),
        ("defaults: [hydra: x]\n", "run.yaml:1:12: defaults.0: `hydra` settings are refused here"),
        (
            f"model: {{defaults: [quickstart2d, _self_], {NETWORK.strip().replace(chr(10), ', ')}}}\n",
            "run.yaml:1:9: model.defaults: only whole files are composed; write `- NAME@model` in the "
            "`defaults` list of the run, or name a config's file",
        ),
    ],
)
def test_what_cannot_be_composed_is_told(text: str, message: str, tmp_path: Path) -> None:
    assert problems(write(tmp_path, text))[0].startswith(message)


def test_old_names_in_a_group_are_read_as_the_new_ones(tmp_path: Path) -> None:
    small = f"{NETWORK}compile: {{optimizer: {{name: adam, learning_rate: 0.1}}}}\n"
    file = write(
        tmp_path, f"{LIST}model: {{compile: {{optimizer: {{kind: adam}}}}}}\n", **{"model/small": small}
    )
    with pytest.warns(OldNameWarning, match="small.yaml:5:23: model.compile.optimizer.name: write `kind`"):
        run = load_run(file)
    assert run.design.config.compile.optimizer["learning_rate"] == 0.1


def test_references_count_from_the_top_of_the_run_and_in_the_network_from_its_own(tmp_path: Path) -> None:
    more = {"fit/long": "epochs: ${seed}\n", "model/small": f"{NETWORK}max_filters: ${{base_filters}}\n"}
    text = f"{LIST}data: {{patch: {{size: '${{model.input.shape}}'}}}}\nseed: 5\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = load_run(write(tmp_path, text, **more), ["model.base_filters=6"])
    assert (run.config.fit.epochs, run.design.config.max_filters, run.patch_size) == (5, 6, (32, 32))
    inline = f"model: {{{NETWORK.strip().replace(chr(10), ', ')}}}\nfit: {{epochs: '${{seed}}'}}\nseed: 4\n"
    assert run_from_text(inline, "run.yaml", tmp_path).config.fit.epochs == 4
