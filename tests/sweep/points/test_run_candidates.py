"""Points of a run file before launch: what they are, what they cost, what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

import unetgen.sweep.points.run_candidates as module
from tests.training.conftest import RUN, write_discs
from unetgen.data.survey import survey
from unetgen.errors import ConfigError, UnetgenError
from unetgen.runs.loader import load_run
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.superseding import Superseding, stale_line
from unetgen.sweep.folder.writer import PointWriter
from unetgen.sweep.points.check import CheckedPoints, Checker
from unetgen.sweep.points.run_candidates import RunCandidates


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    write_discs(tmp_path)
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path / "run.yaml"


def digest(run_file: Path, *overrides: str) -> str:
    return RunCandidates(run_file).at(overrides).identity.digest


def test_a_point_is_its_run_and_the_contents_of_its_files(run_file: Path) -> None:
    first = digest(run_file)
    assert digest(run_file) == first
    assert digest(run_file, "fit.batch_size=4") == first, "the file says so already"
    others = {digest(run_file, each) for each in ("fit.batch_size=2", "model.depth=3", "data.augment=none")}
    assert len({first, *others}) == 4
    image = run_file.parent / "images/disc3.png"
    content = image.read_bytes()
    _change_one_pixel(image)
    assert digest(run_file) != first
    image.write_bytes(content)
    assert digest(run_file) == first
    image.rename(image.with_name("disc9.png"))
    (run_file.parent / "masks/disc3.png").rename(run_file.parent / "masks/disc9.png")
    assert digest(run_file) != first


def test_a_class_that_nothing_weighs_is_told_before_launch(run_file: Path) -> None:
    named = ["data.labels={0:background,255:disc,7:wall}", "model.num_classes=3"]
    with pytest.raises(ConfigError, match="no position that is learned from has the class wall"):
        digest(run_file, *named, "fit.class_weights=inverse")
    assert digest(run_file, *named, "fit.class_weights=enet") != digest(run_file, *named)


def test_the_file_that_a_run_begins_with_is_part_of_it(run_file: Path) -> None:
    model, begin = run_file.with_name("old.keras"), "fit.start=old.keras"
    model.write_bytes(b"one")
    first = RunCandidates(run_file).at((begin,)).identity
    assert digest(run_file, begin) == first.digest != digest(run_file)
    model.write_bytes(b"two")
    assert RunCandidates(run_file).at((begin,)).identity.changed_since(first) == ("fit.start",)
    model.unlink()
    with pytest.raises(ConfigError, match=r"fit\.start: .*old\.keras"):
        digest(run_file, begin)


@pytest.mark.parametrize("file", ["old.keras", "images/disc3.png", "masks/disc3.png"])
def test_every_file_that_a_run_reads_makes_its_results_stale(file: str, run_file: Path) -> None:
    folder, start = SweepFolder(run_file.parent / "out"), run_file.with_name("old.keras")
    start.write_bytes(b"one")

    def checked() -> CheckedPoints:
        checker = Checker(RunCandidates(run_file))
        checker.check([("fit.start=old.keras",)])
        return checker.checked

    before = checked()
    ((digest, point),) = before.points.items()
    PointWriter(folder, lambda _: run_file).write(point, before.subjects[digest], files=before.files[digest])
    assert not Superseding(folder).outdated(checked().points.values())
    if file == start.name:
        start.write_bytes(b"two")
    else:
        _change_one_pixel(run_file.parent / file)
    what = "fit.start has" if file == start.name else "the data have"
    said = stale_line(Superseding(folder).outdated(checked().points.values()))
    assert said == f"1 other point is stale, {what} changed since; they are kept, and do not count"


def _change_one_pixel(file: Path) -> None:
    import numpy as np
    from PIL import Image

    with Image.open(file) as picture:
        pixels = np.array(picture)
    pixels[3, 4] ^= 255 if pixels[3, 4] in (0, 255) else 1
    Image.fromarray(pixels).save(file)


def test_costs_are_of_the_runs_batches_of_patches(run_file: Path) -> None:
    """A free network has no size of its own: that of the patches is what training needs."""
    small, large = (RunCandidates(run_file).at((f"data.patch.size=[{n},{n}]",)).cost for n in (16, 32))
    assert isinstance(small["macs"], int) and isinstance(large["macs"], int)
    assert large["macs"] == 4 * small["macs"]
    two, four = (RunCandidates(run_file).at((f"fit.batch_size={n}",)).cost for n in (64, 128))
    assert isinstance(two["train_bytes"], int) and isinstance(four["train_bytes"], int)
    assert four["train_bytes"] > two["train_bytes"]


def test_the_files_are_read_once_for_points_that_read_them_alike(run_file: Path) -> None:
    candidates, seen = RunCandidates(run_file), []

    def counted(*arguments: Any) -> Any:
        seen.append(arguments)
        return survey(*arguments)

    with patch.object(module, "survey", counted):
        for overrides in (("model.depth=3",), ("data.normalize=scale",), ("seed=3", "fit.epochs=2")):
            candidates.at(overrides)
        assert len(seen) == 1
        candidates.at(("data.channels=[0]",))
    assert len(seen) == 2


def test_every_problem_of_the_runs_and_of_their_data_is_told_once(run_file: Path) -> None:
    (run_file.parent / "masks/disc1.png").unlink()
    (run_file.parent / "images/disc2.png").write_bytes(b"no picture")
    checker = Checker(RunCandidates(run_file))
    checker.check([(f"model.depth={n}", f"fit.epochs={e}") for n in (2, 3, 99) for e in (1, 2)])
    with pytest.raises(UnetgenError) as told:
        checker.checked.refuse_invalid()
    lines = str(told.value).splitlines()
    for problem in ("disc1.png: has no mask", "disc2.png: is not a PNG", "model.depth: must be at most 64"):
        assert len([line for line in lines if problem in line]) == 1
    named = ", ".join(f"model.depth={n} fit.epochs={e}" for n, e in ((2, 1), (2, 2), (3, 1)))
    assert lines[0] == f"{named} and 1 more: invalid"
    assert re.match("6 of 6 points are invalid, none was run", lines[-1])


def test_what_a_point_writes_loads_as_its_run(run_file: Path) -> None:
    candidate = RunCandidates(run_file).at(("model.depth=3", "fit.epochs=2"))
    written = run_file.with_name("written.yaml")
    written.write_text(candidate.files["run.resolved.yaml"])
    assert load_run(written).digest == candidate.identity.asked
