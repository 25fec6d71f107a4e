"""Commands do their work once: what is called while they run, counted with Python's own profiling hook."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import unetgen
from unetgen.cli import main
from unetgen.commands import show

PACKAGE = str(Path(unetgen.__file__).parent) + os.sep
SMALL = ("quickstart2d", "input.shape=[16,16]", "base_filters=2", "depth=2")
ONCE = (
    "config/rules/between_fields.py:cross_problems",
    "config/resolved.py:with_defaults",
    "config/recipe.py:recipe_of",
    "config/lowering.py:lower",
)
LISTS = ("kernels", "dropout_rates", "step_factors", "encoder_filters", "decoder_filters")
REWRITING = "config/execution.py:rewritten_for"
MOST_FILES = 92
"""Of the package, in `show`: a reader of one command opens no more."""

MOST_IMPORTED = {"--version": (210, 12), "--help": (148, 38), "validate": (352, 145), "show": (387, 174)}
"""Modules that a command imports in all, and those of them that are of the package."""
MOST_MODELS = 48
"""Config models that `validate` makes, of some 130 of the language: making one is most of importing it."""
MOST_BUILT = 9
"""Config models that `validate` builds: those that its config names."""


class Calls:
    """The functions of the package that are entered meanwhile, as ``folder/file.py:function``."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Calls:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGE):
            self.counts[f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_name}"] += 1

    def of(self, *names: str) -> dict[str, int]:
        return {name: self.counts[name] for name in names}


def calls_of(*arguments: str) -> Calls:
    with Calls() as calls:
        code = main(list(arguments))
    assert code == 0
    return calls


COMMANDS = {
    "validate": (("validate", *SMALL), 1, 0),
    "show": (("show", *SMALL, "--optimize", "training"), 1, 1),
    "diagram": (("diagram", *SMALL, "--out", "{0}/figure.svg"), 1, 0),
    "diff": (("diff", "quickstart2d", *SMALL), 2, 0),
    "build": (("build", *SMALL, "--optimize", "training", "--quiet", "--out", "{0}/built"), 1, 1),
    "sweep": (("sweep", *SMALL, "seed=1,2", "--task", "cost", "--quiet", "--out", "{0}/sweep"), 2, 2),
}
"""A command, how many configs it takes, and how many of them it rewrites."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_config_is_checked_resolved_lowered_and_rewritten_once(name: str, tmp_path: Path) -> None:
    arguments, configs, rewritten = COMMANDS[name]
    calls = calls_of(*(argument.format(tmp_path) for argument in arguments))
    assert calls.of(*ONCE) == dict.fromkeys(ONCE, configs)
    spread = [f"config/level_values.py:{name}" for name in LISTS]
    assert calls.of(*spread) == dict.fromkeys(spread, configs)
    assert calls.counts[REWRITING] == rewritten


def test_show_enters_few_files() -> None:
    """In the second run of one process, that is without what importing runs, and without the arguments."""
    arguments = argparse.Namespace(
        config="unet3d_depth2", overrides=[], optimize=None, batch=1, json=False, levels=False, size=None
    )
    show.run(arguments)
    with Calls() as calls:
        show.run(arguments)
    files = {name.partition(":")[0] for name in calls.counts}
    assert len(files) <= MOST_FILES, sorted(files)


COUNTED = """
import atexit, sys
def counted():
    # The import of json below is not counted.
    names = list(sys.modules)
    found = {"all": len(names), "ours": sum(name.startswith("unetgen.") for name in names), "heavy": []}
    found["heavy"] = sorted({"numpy", "email", "hydra", "keras", "tensorflow", "json"} & set(names))
    if part := sys.modules.get("unetgen.parts.part"):
        waiting, models = [part.Part], []
        while waiting:
            models.append(waiting.pop())
            waiting += models[-1].__subclasses__()
        found["models"] = len(models)
        found["built"] = sum(model.__pydantic_complete__ for model in models)
    import json
    print(json.dumps(found), file=sys.__stderr__)
sys.argv = ["unetgen", *sys.argv[1:]]
from unetgen.cli import main
"""


def imports_of(*arguments: str) -> dict[str, Any]:
    """What a command imports, in an interpreter of its own."""
    code = f"{COUNTED}atexit.register(counted)\nsys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stderr)
    return found


@pytest.mark.parametrize("command", MOST_IMPORTED)
def test_a_command_imports_what_it_uses(command: str) -> None:
    """A count, where a time would depend on the machine."""
    named = () if command.startswith("-") else ("configs/unet3d_depth2.yaml",)
    found = imports_of(command, *named)
    most, most_ours = MOST_IMPORTED[command]
    assert found["all"] <= most and found["ours"] <= most_ours, found
    # Versions are in the metadata of packages, which Python reads as e-mail; Keras keeps settings as JSON.
    heavy = {"show": ["json"], "--version": ["email", "json"]}
    assert found["heavy"] == heavy.get(command, []), found
    if command == "validate":
        assert found["models"] <= MOST_MODELS and found["built"] <= MOST_BUILT, found


def calls_of_sweep(points: int, folder: Path) -> Calls:
    seeds = f"seed={','.join(map(str, range(points)))}"
    return calls_of("sweep", *SMALL, seeds, "--task", "cost", "--quiet", "--out", str(folder))


def test_a_point_of_a_sweep_takes_the_same_work_in_a_long_one_as_in_a_short_one(tmp_path: Path) -> None:
    """What a second dozen of points adds is what a first one did: nothing is done again for each point."""
    calls_of_sweep(2, tmp_path / "first")  # what is done once in a process
    few, more, many = (calls_of_sweep(count, tmp_path / str(count)).counts for count in (4, 16, 28))
    by_file: Counter[str] = Counter()
    for calls, sign in ((few, 1), (more, -2), (many, 1)):
        for name, count in calls.items():
            by_file[name] += sign * count
    assert {name: count for name, count in by_file.items() if count > 0} == {}
    assert more["config/lowering.py:lower"] - few["config/lowering.py:lower"] == 12
    assert more["sweep/folder/files.py:write_point"] == 16
    assert many["config/yaml/tree.py:read_yaml"] == few["config/yaml/tree.py:read_yaml"] == 1


def test_a_sweep_that_is_finished_lowers_and_writes_none(tmp_path: Path) -> None:
    calls_of_sweep(4, tmp_path / "sweep")
    again = calls_of_sweep(4, tmp_path / "sweep")
    assert again.counts["config/lowering.py:lower"] == 0
    assert again.counts["sweep/folder/files.py:write_point"] == 0
    assert again.counts["sweep/folder/files.py:write_result"] == 0
