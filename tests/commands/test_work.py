"""Commands do their work once: what is called while they run, counted with Python's own profiling hook."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

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
