"""A run that begins with the weights of a model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tiers import thorough
from tests.training.test_freezing import QUICK, SMALL, Watch, changed, watched, weights, write_source
from unetgen.errors import UnetgenError
from unetgen.model.loading import loaded
from unetgen.model.reproducing import check_lock
from unetgen.runs.loader import load_run
from unetgen.training.fitting import train

BEGIN = [*QUICK, "fit.start=other/source.keras", "fit.epochs=1", "fit.frozen=encoder"]


def test_a_run_begins_with_the_weights_of_a_model_and_depends_on_its_content(
    discs: Path, tmp_path: Path
) -> None:
    file, out = discs.parent / "other/source.keras", tmp_path / "out"
    file.parent.mkdir()
    source = weights(write_source(file, load_run(discs, [SMALL, "model.num_classes=3", "data.labels=null"])))
    run, watch = load_run(discs, BEGIN), Watch()
    trained = train(run, out, callbacks=[watch])
    differing = changed(source, watch.after[0])
    assert differing == {"head"}
    assert trained.started is not None and trained.started.rows[-1].why == "has 2 classes, in the source 3"
    lock = out / "unetgen.lock.json"
    assert "other/source.keras" in json.loads(lock.read_text())["run"]["data"]
    write_source(file, load_run(discs, [SMALL, "model.num_classes=4", "data.labels=null"]))
    assert check_lock(lock, build=False).problems == (
        "other/source.keras: has changed since the run read it",
    )
    with pytest.raises(UnetgenError, match="with other files; train anew"):
        train(load_run(discs, [*BEGIN, "fit.epochs=2"]), out, resume=True)


def test_nothing_is_written_where_the_start_does_not_fit(discs: Path, tmp_path: Path) -> None:
    run = load_run(discs, BEGIN)
    with pytest.raises(UnetgenError, match=r"fit\.start: .*source\.keras: no such file"):
        train(run, tmp_path / "out")
    file = discs.parent / "other/source.keras"
    file.parent.mkdir()
    write_source(file, load_run(discs, ["model.base_filters=6"]))
    with pytest.raises(UnetgenError, match=r"fit\.start: nothing of the model fits run:\n"):
        train(run, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@thorough
def test_classes_go_by_their_names(discs: Path, tmp_path: Path) -> None:
    first = train(load_run(discs, ["fit.epochs=1"]), tmp_path / "first")
    begin = [f"fit.start={first.model_file}", "fit.epochs=1", "fit.frozen=[head]"]
    text = discs.read_text().replace("{0: background, 255: disc}", "{255: disc, 7: ring, 0: background}")
    discs.write_text(text)
    seen = watched(load_run(discs, [*begin, "model.num_classes=3"]), tmp_path / "second")
    kernel, kernel_old = seen.after[1]["head"][0], loaded(first.model_file).get_layer("head").get_weights()[0]
    assert np.array_equal(kernel[..., [0, 2]], kernel_old[..., [1, 0]])


@thorough
def test_a_run_goes_on_without_beginning_anew(discs: Path, tmp_path: Path) -> None:
    first = train(load_run(discs, ["fit.epochs=1"]), tmp_path / "first")
    begin = [f"fit.start={first.model_file}", "fit.deterministic=true"]
    whole = train(load_run(discs, [*begin, "fit.epochs=2", "fit.schedule=constant"]), tmp_path / "whole")
    for epochs in (1, 2):
        run = load_run(discs, [*begin, f"fit.epochs={epochs}", "fit.schedule=constant"])
        parts = train(run, tmp_path / "parts", resume=epochs > 1)
    assert parts.started is None
    assert parts.history.rows[1]["loss"] == whole.history.rows[1]["loss"]
