"""A full disk ends a sweep with a message, and with a folder as it was or one that can be gone on with."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen
from tests.sweep.as_users import SMALL
from tests.test_files import small_disk
from unetgen import files
from unetgen.sweep.folder.files import SweepFolder

__all__ = ["small_disk"]
RUN = ("sweep", *SMALL, "seed=range(0,40)", "--out")


def test_a_disk_that_is_full_from_the_start_keeps_no_folder(small_disk: Path, unetgen: Unetgen) -> None:
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_frsize))
    outcome = unetgen(*RUN, str(small_disk / "a" / "s"))
    assert (outcome.code, outcome.out) == (2, "")
    assert "cannot be written: No space left on device; nothing was changed" in outcome.err
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    (small_disk / "filler").unlink()


def test_a_disk_that_fills_leaves_a_sweep_that_goes_on(small_disk: Path, unetgen: Unetgen) -> None:
    place = small_disk / "s"
    outcome = unetgen(*RUN, str(place))
    assert outcome.code == 1
    assert "No space left on device" in outcome.out
    assert "the same command again runs what is failed or missing" in outcome.out
    assert "Traceback" not in outcome.err
    some = len([folder for folder in SweepFolder(place).points() if folder.is_finished()])
    assert 0 < some < 40
    assert unetgen("collect", str(place)).code == 0
    roomy = place.parent.parent / "roomy"
    shutil.copytree(place, roomy)
    assert unetgen(*RUN, str(roomy)).code == 0
    assert len([folder for folder in SweepFolder(roomy).points() if folder.is_finished()]) == 40
    assert not list(roomy.rglob(".unetgen-staging-*"))


@pytest.mark.parametrize("after", [0, 1, 2, 5])
def test_the_same_where_no_small_disk_can_be_mounted(
    after: int, tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th set of files is refused, and all that follow."""
    before, left = files._commit, [after]

    def commit(staging: Path, folder: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        before(staging, folder)

    monkeypatch.setattr(files, "_commit", commit)
    outcome = unetgen("sweep", *SMALL, "seed=range(0,4)", "--out", "s")
    assert outcome.code == (2 if after <= 1 else 1 if after < 5 else 0)
    assert "Traceback" not in outcome.err
    if after == 0:
        assert not (tmp_path / "s").exists()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert unetgen("sweep", *SMALL, "seed=range(0,4)", "--out", "s").code == 0
    assert len([folder for folder in SweepFolder(tmp_path / "s").points() if folder.is_finished()]) == 4
