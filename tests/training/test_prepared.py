"""Prepared images that several runs share: made once, the same, and safe to lose."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image

import unetgen.training.data_set as module
from unetgen.errors import UnetgenError
from unetgen.runs.loader import load_run
from unetgen.training.data_set import DataSet, data_set
from unetgen.training.prepared import KEPT, fill_once, prepare


def made(discs: Path, *overrides: str, own: str = "own", shared: str | None = "shared") -> DataSet:
    root = discs.parent
    return data_set(load_run(discs, overrides), root / own, root / shared if shared else None)


def folders(discs: Path) -> set[Path]:
    return set((discs.parent / "shared").iterdir())


def assert_same(data: DataSet, alone: DataSet) -> None:
    assert (data.preprocessing, data.files, data.digest) == (alone.preprocessing, alone.files, alone.digest)
    for ours, theirs in zip((*data.train, *data.validation), (*alone.train, *alone.validation), strict=True):
        assert ours.name == theirs.name
        np.testing.assert_array_equal(ours.values, theirs.values)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    for number in range(9):
        place = number % len(data.train)
        patch, same = data.sampler.patch(place, number), alone.sampler.patch(place, number)
        np.testing.assert_array_equal(patch.values, same.values)
        np.testing.assert_array_equal(patch.labels, same.labels)


def test_runs_that_prepare_alike_share_what_is_the_same_without_sharing(discs: Path) -> None:
    runs = (
        (),
        ("model.depth=3", "fit.batch_size=2"),
        ("data.augment=none", "data.patch.size=[8,8]"),
        ("seed=3",),
    )
    with mock.patch.object(module, "prepare", wraps=prepare) as calls:
        for overrides in runs:
            assert_same(made(discs, *overrides), made(discs, *overrides, shared=None))
        assert calls.call_count == 1 + len(runs)
    assert len(folders(discs)) == 1


def test_other_contents_and_other_preprocessing_have_arrays_of_their_own(discs: Path) -> None:
    made(discs)
    known = folders(discs)
    for overrides in (("data.normalize=scale",), ("data.normalize=none",)):
        assert_same(made(discs, *overrides), made(discs, *overrides, shared=None))
        assert len(folders(discs)) == len(known) + 1
        known = folders(discs)
    file = discs.parent / "images/disc3.png"
    with Image.open(file) as picture:
        pixels = np.array(picture)
    pixels[3, 4] ^= 1
    Image.fromarray(pixels).save(file)
    assert_same(made(discs), made(discs, shared=None))
    assert len(folders(discs)) == KEPT and len(folders(discs) - known) == 1, "the one used first has gone"


def test_what_is_taken_away_is_prepared_anew_and_what_is_mapped_stays(discs: Path) -> None:
    shared, alone = discs.parent / "shared", made(discs, shared=None)
    data = made(discs)
    shutil.rmtree(shared)
    assert_same(data, alone)

    def and_gone(*arguments: object) -> None:
        fill_once(*arguments)  # type: ignore[arg-type]
        shutil.rmtree(shared)

    with mock.patch.object(module, "fill_once", and_gone):
        assert_same(made(discs), alone)
    shared.write_text("no folder")
    assert_same(made(discs), alone)


def test_files_that_change_while_they_are_read_are_not_shared(discs: Path) -> None:
    with mock.patch.object(module, "sha256", side_effect=(f"{n:064x}" for n in range(1000))):
        made(discs)
    assert not (discs.parent / "shared").exists()


def test_whoever_comes_while_a_folder_is_filled_waits_for_it(tmp_path: Path) -> None:
    place, begun, go_on = tmp_path / "key/arrays", threading.Event(), threading.Event()
    again: list[Path] = []

    def slowly(staging: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        (staging / "a").write_text("whole")

    first = threading.Thread(target=fill_once, args=(place, slowly))
    first.start()
    assert begun.wait(60)
    second = threading.Thread(target=fill_once, args=(place, again.append))
    second.start()
    assert not place.exists()
    go_on.set()
    first.join(60)
    second.join(60)
    assert [(file.name, file.read_text()) for file in place.iterdir()] == [("a", "whole")]
    assert again == []


def test_a_folder_that_was_not_filled_is_not_there(tmp_path: Path) -> None:
    place = tmp_path / "key/arrays"

    def broken(staging: Path) -> None:
        (staging / "a").write_text("half")
        raise UnetgenError("no more")

    with pytest.raises(UnetgenError, match="no more"):
        fill_once(place, broken)
    assert not place.exists()
    fill_once(place, lambda staging: (staging / "a").touch())
    assert [file.name for file in place.iterdir()] == ["a"]
