"""Old names of fields mean the same, are noted at their place, and leave digests and locks as they were."""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

import unetgen
from unetgen.analysis.summary import Summary
from unetgen.cli import main
from unetgen.config.loader import from_dict
from unetgen.config.lowering import lower
from unetgen.config.model import ABOUT
from unetgen.errors import ConfigError, OldNameWarning
from unetgen.model.lock import Subject, lock_of
from unetgen.model.reproducing import check_lock

NEW = """\
input: {shape: [32, 32]}
depth: 2
base_filters: 4
num_classes: 2
compile:
  optimizer: {kind: sgd, learning_rate: {kind: cosine_decay, initial_learning_rate: 0.1, decay_steps: 9}}
"""
OLD = NEW.replace("kind:", "name:")
NOTES = [
    "old.yaml:6:15: compile.optimizer.name: write `kind` for `name`",
    "old.yaml:6:42: compile.optimizer.learning_rate.name: write `kind` for `name`",
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(*arguments: Any) -> tuple[unetgen.UNetConfig, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config = unetgen.load(*arguments)
    return config, [str(each.message) for each in caught if each.category is OldNameWarning]


CAME: dict[str, dict[str, Any]] = {
    "head": {"residual": None, "upsample": None},
    "skip": {"squeeze_excitation": None, "take": "end", "filters": None},
    "up": {"output_padding": None, "pre_activation": False},
    "block": {"groups": 1},
    "topology": {"levels": None},
}
"""Fields that came later, and what they were before they came."""


def of_old_words(config: unetgen.UNetConfig) -> dict[str, Any]:
    """The config as plain data before there was one word for both, and before some fields came."""
    data = copy.deepcopy(config.to_dict())
    assert (
        data.pop("encoder") is data["compile"].pop("ignore_class") is data["input"].pop("reference") is None
    )
    for part, fields in CAME.items():
        for field, usual in fields.items():
            assert data[part].pop(field, usual) == usual
    losses = data["compile"]["loss"]
    for loss in losses if isinstance(losses, list) else [losses]:
        assert loss.pop("positive_weight", None) is None
    optimizer = data["compile"]["optimizer"]
    optimizer["name"] = optimizer.pop("kind")
    if isinstance(rate := optimizer["learning_rate"], dict):
        rate["name"] = rate.pop("kind")
    return data


def test_an_old_file_is_the_same_config_with_notes_and_a_new_one_has_none() -> None:
    new, none = loaded("new.yaml")
    old, notes = loaded("old.yaml")
    assert (none, notes) == ([], NOTES)
    assert old.model_copy(update={"name": "new"}) == new
    assert old.to_dict()["compile"]["optimizer"]["kind"] == "sgd"


@pytest.mark.parametrize(
    ("override", "kind"),
    [
        ("compile.optimizer.name=adam", "adam"),
        ("compile.optimizer={name: adam}", "adam"),
        ("compile={optimizer: {name: adam}}", "adam"),
        ("compile.optimizer.learning_rate.name=cosine_decay", "sgd"),
    ],
)
def test_an_old_name_in_an_override_takes_the_place_of_the_new_one(override: str, kind: str) -> None:
    options = ["compile.optimizer.learning_rate=0.1"] if override.endswith("name=adam") else []
    config, notes = loaded("new.yaml", [*options, override])
    assert config.compile.optimizer.name == kind
    place = "compile.optimizer.learning_rate.name" if "rate" in override else "compile.optimizer.name"
    assert notes == [f"override '{override}': {place}: write `kind` for `name`"]


def test_an_old_name_in_a_file_of_a_group_and_in_a_reference(folder: Path) -> None:
    (folder / "optimizer").mkdir()
    (folder / "optimizer/slow.yaml").write_text("# @package compile.optimizer\nname: adam\n")
    rest = NEW.partition("compile:")[0] + "compile: {optimizer: {kind: sgd}}\n"
    (folder / "composed.yaml").write_text(
        f'defaults: [_self_, optimizer: slow]\n{rest}source: "${{compile.optimizer.name}}"\n'
    )
    config, notes = loaded("composed.yaml")
    assert (config.compile.optimizer.name, config.source) == ("adam", "adam")
    assert len(notes) == 1 and notes[0].endswith(
        "slow.yaml:2:1: compile.optimizer.name: write `kind` for `name`"
    )


def test_both_names_are_one_problem_and_leave_the_callers_data_alone(folder: Path) -> None:
    words = "compile.optimizer.name: is the old name of `kind`, which is given too; write `kind` alone"
    with pytest.raises(ConfigError) as refused:
        unetgen.load("old.yaml", ["compile.optimizer={kind: adam, name: sgd}"])
    assert str(refused.value) == f"override 'compile.optimizer={{kind: adam, name: sgd}}': {words}"
    (folder / "optimizer").mkdir()
    (folder / "optimizer/both.yaml").write_text("# @package compile.optimizer\nkind: adam\nname: sgd\n")
    (folder / "composed.yaml").write_text(f"defaults: [_self_, optimizer: both]\n{NEW}")
    with pytest.raises(ConfigError) as refused:
        unetgen.load("composed.yaml")
    assert str(refused.value).endswith(f"both.yaml:3:1: {words}")
    data = {"input": {"shape": [32]}, "compile": {"optimizer": {"kind": "adam", "name": "sgd"}}}
    with pytest.raises(ConfigError, match="is the old name of"):
        from_dict(data)
    assert data["compile"]["optimizer"] == {"kind": "adam", "name": "sgd"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("unet3d_depth2", "5f34a6dd678f8ef3fff5b679e89e2eb4de736d1fbc5c23a085097487e024a6f7"),
        ("nnunet_hippocampus_3d", "4bdfc2c09c4c95bb738a848d87d0a547ee95702fbc7042bdfa3f4f8f0a22ab55"),
    ],
)
def test_digests_stay_what_they_were(name: str, digest: str) -> None:
    config = unetgen.load(name)
    said = {key: value for key, value in of_old_words(config).items() if key not in ABOUT}
    assert config.digest == digest == hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def test_an_old_lock_still_reproduces(folder: Path) -> None:
    config = unetgen.load("new.yaml")
    subject = Subject.of(Summary(lower(config)))
    files = {"config.resolved.yaml": hashlib.sha256(b"").hexdigest()}
    (folder / "config.resolved.yaml").write_bytes(b"")
    lock = lock_of(subject, [], files, None) | {"config": of_old_words(config), "schema_version": 1}
    (folder / "unetgen.lock.json").write_text(json.dumps(lock))
    assert check_lock(folder / "unetgen.lock.json", build=False).problems == ()
    lock["config"]["compile"]["optimizer"]["name"] = "adam"
    (folder / "unetgen.lock.json").write_text(json.dumps(lock))
    assert any("digest" in problem for problem in check_lock(folder / "unetgen.lock.json", False).problems)


def test_the_command_line_prints_notes_on_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["show", "old.yaml", "--json"]) == 0
        printed = capsys.readouterr()
        assert json.loads(printed.out)["name"] == "old"
        assert printed.err.splitlines() == [f"note: {note}" for note in NOTES]
