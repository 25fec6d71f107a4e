"""Tasks of the user's: their parameters, and the modules that they are made of, are part of a point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweep.as_users import SMALL, sweep
from unetgen.errors import UnetgenError
from unetgen.sweep.results.table import Table
from unetgen.sweep.running.job import check_apart
from unetgen.sweep.tasks.modules import contents_of, require_unchanged
from unetgen.sweep.tasks.user import find

TASK = """
def train(config, plan, workdir, rate, options=None):
    import helping
    return {"score": rate * helping.FACTOR * config.depth, "kind": (options or {}).get("kind")}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "learning.py").write_text(TASK)
    (tmp_path / "helping.py").write_text("FACTOR = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("learning", "helping"):
        sys.modules.pop(name, None)


def test_a_task_is_made_of_its_module_and_of_what_lies_beside_it(folder: Path) -> None:
    find("learning:train", ["rate"])
    contents = contents_of("learning", [str(folder)])
    assert set(contents) == {"module learning", "module helping"}
    assert set(contents_of("learning", [])) == {"module learning"}, "wherever it lies"
    require_unchanged(contents)
    (folder / "helping.py").write_text("FACTOR = 3\n")
    with pytest.raises(UnetgenError, match=r"^module helping: changed since this point was checked"):
        require_unchanged(contents)


NESTED = """
def train(config, plan, workdir):
    import json, parts.losses
    from parts import metrics as told
    if config.depth > 9:
        from . import nothing
    return {"score": parts.losses.least() + told.MOST}
"""


def test_modules_that_are_imported_inside_functions_are_part_of_it(folder: Path) -> None:
    """Recursively, relative ones too; those that nothing names are not, nor is anything imported for it."""
    files = {
        "nested.py": NESTED,
        "parts/__init__.py": "",
        "parts/losses.py": "def least():\n    from .deep.core import LEAST, UNUSED\n    return LEAST\n",
        "parts/metrics.py": "from .. import outside\nMOST = 1\n",
        "parts/deep/core.py": "def late():\n    import broken\nraise RuntimeError('imported')\n",
        "parts/beside.py": "",
        "broken.py": "def (\n",
        "json.py": "",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    try:
        find("nested:train")
        contents = contents_of("nested", [str(folder)])
    finally:
        sys.modules.pop("nested", None)
    known = ("broken", "nested", "parts", "parts.deep.core", "parts.losses", "parts.metrics")
    assert list(contents) == [f"module {name}" for name in known]
    assert not [name for name in sys.modules if name.startswith("parts")]
    require_unchanged(contents)
    (folder / "parts/deep/core.py").write_text("LEAST = 2\n")
    with pytest.raises(UnetgenError, match=r"^module parts\.deep\.core: changed since"):
        require_unchanged(contents)


def test_parameters_that_a_function_does_not_take_are_refused_before_launch(folder: Path) -> None:
    path = (str(folder),)
    assert set(check_apart("learning:train", path, ["rate"])) == {"module learning", "module helping"}
    for names, reason in (
        ([], "missing a required argument: 'rate'"),
        (["rate", "speed"], "got an unexpected keyword argument 'speed'"),
    ):
        with pytest.raises(UnetgenError, match=reason):
            check_apart("learning:train", path, names)


def test_parameters_reach_the_task_and_a_changed_module_makes_points_stale(folder: Path) -> None:
    command = (*SMALL, "--task", "learning:train", "--set", "rate=0.5", "--set", "options.kind=a")
    first = sweep(folder, *command)
    assert first.code == 0, first.err

    def rows() -> list[tuple[object, ...]]:
        names = ("task.rate", "score", "kind", "status", "error")
        return [tuple(row.cells.get(name) for name in names) for row in Table.of(first.folder).rows]

    assert rows() == [(0.5, 2.0, "a", "ok", None)]
    (folder / "helping.py").write_text("FACTOR = 3\n")
    second = sweep(folder, *command)
    assert second.code == 0, second.err
    said = "1 other point is stale, module helping has changed since; they are kept, and do not count"
    assert said in second.out and said in second.err
    stale = (0.5, 2.0, "a", "stale", "module helping has changed since")
    assert rows() == [stale, (0.5, 3.0, "a", "ok", None)]


def test_parameters_are_for_functions_of_the_users(tmp_path: Path) -> None:
    ended = sweep(tmp_path, *SMALL, "--task", "build", "--set", "rate=1")
    assert ended.code == 2
    assert ended.err == "--set is for a function of your own, and --task build is not one\n"
