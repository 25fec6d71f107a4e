"""The files of a run's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.analysis.summary import Summary
from unetgen.files import publish
from unetgen.model.building import settled
from unetgen.model.lock import Subject, lock_of
from unetgen.model.read_files import way_between
from unetgen.model.saving import CONFIG, LOCK, MODEL, sha256, write_with_config
from unetgen.runs.run import Run
from unetgen.training.data_set import DataSet
from unetgen.training.freezing import as_if_thawed
from unetgen.training.history import History

if TYPE_CHECKING:
    import keras

RUN, PREPROCESSING, CSV, PREPARED = "run.resolved.yaml", "preprocessing.json", "history.csv", "prepared"
REPORT, CASES = "report.html", "cases.png"


def save_best(model: keras.Model, run: Run, data: DataSet, out: Path) -> None:
    """Write the model as it is, with its config and what is done to images before it, in one file."""
    members = {PREPROCESSING: data.preprocessing.to_json()}
    with as_if_thawed(model):
        write_with_config(model, run.design.config, out / MODEL, members)


def write_report(model: keras.Model, run: Run, data: DataSet, history: History, out: Path) -> None:
    """Write the page of the run, and the picture of the cases that `model`, which was kept, is worst at."""
    from unetgen.training.report import page, results_of, sheet

    results, classes = results_of(model, run, data), data.preprocessing.classes
    files = {out / REPORT: page(run, history, results, classes)}
    if results:
        files[out / CASES] = sheet(results, classes)
    publish(files)


def write_lock(run: Run, data: DataSet, out: Path) -> None:
    """Write the lock: the network's own, with the run and the contents of all files that it read."""
    config = run.design.config
    written = (CONFIG, RUN, PREPROCESSING, MODEL)
    files = {name: sha256(out / name) for name in written if (out / name).is_file()}
    of_run = {"digest": run.digest, "data": dict(data.files), "data_digest": data.digest}
    subject = Subject.of(Summary(run.design))
    execution, folder = settled(config).execution, way_between(out, run.folder)
    lock = lock_of(subject, (), files, None, execution, run=of_run, run_folder=folder)
    publish({out / LOCK: (json.dumps(lock, indent=2) + "\n").encode()})
