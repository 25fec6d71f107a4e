"""The files of a run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.analysis.summary import Summary
from unetgen.config.resolved import to_yaml
from unetgen.errors import UnetgenError
from unetgen.files import publish
from unetgen.model.building import settled
from unetgen.model.lock import Subject, lock_of
from unetgen.model.read_files import way_between
from unetgen.model.saving import CONFIG, LOCK, MODEL, sha256, weights_files, write_with_config
from unetgen.reading import read_json
from unetgen.runs.run import Run
from unetgen.runs.weighted import Weights
from unetgen.training.data_set import DataSet
from unetgen.training.freezing import as_the_config_says
from unetgen.training.history import History

if TYPE_CHECKING:
    import keras

    from unetgen.training.report import CaseResult

RUN, PREPROCESSING, CSV, PREPARED = "run.resolved.yaml", "preprocessing.json", "history.csv", "prepared"
REPORT, CASES, WEIGHTS = "report.html", "cases.png", "class_weights.json"


def write_beginning(run: Run, data: DataSet, out: Path, devices: int) -> None:
    """Write all that is known before the first epoch."""
    files = {
        out / RUN: run.to_yaml(out).encode(),
        out / CONFIG: to_yaml(run.design.config, out).encode(),
        out / PREPROCESSING: data.preprocessing.to_json().encode(),
    }
    if data.class_weights is not None:
        files[out / WEIGHTS] = (json.dumps(data.class_weights, indent=2) + "\n").encode()
    publish(files)
    write_lock(run, data, out, devices)


def kept_weights(weights: Weights | None, out: Path) -> Weights | None:
    """The weights of the classes that the run in `out` began with; `weights` where the file is not there.

    Raises `UnetgenError` where it holds anything but a weight for each class.
    """
    file = out / WEIGHTS
    if weights is None or not file.is_file():
        return weights
    said = read_json(file)
    is_whole = isinstance(said, dict) and [*said] == [*weights]
    if not is_whole or not all(map(_is_weight, said.values(), weights.values())):
        names = ", ".join(weights)
        raise UnetgenError(
            f"{file}: must hold a weight for each of {names}; without the file they are worked out"
        )
    return {name: float(weight) for name, weight in said.items()}


def _is_weight(value: object, known: float) -> bool:
    """A number, and 0 only where the run says so."""
    return isinstance(value, int | float) and not isinstance(value, bool) and (value > 0 or value == known)


def save_best(model: keras.Model, run: Run, data: DataSet, out: Path) -> None:
    """Write the model as it is, with its config and what is done to images before it, in one file."""
    members = {PREPROCESSING: data.preprocessing.to_json()}
    with as_the_config_says(model, run):
        write_with_config(model, run.design.config, out / MODEL, members)


def write_report(
    model: keras.Model, run: Run, data: DataSet, history: History, out: Path, devices: int
) -> Mapping[str, CaseResult]:
    """Write the page of the run, and the picture of the cases that `model`, which was kept, is worst at.

    Gives examples of what it predicts, see `examples_of`.
    """
    from unetgen.training.report import examples_of, page, results_of, sheet

    results, classes = results_of(model, run, data), data.preprocessing.classes
    files = {out / REPORT: page(run, data, history, results, devices)}
    if results:
        files[out / CASES] = sheet(results, classes)
    publish(files)
    return examples_of(results)


def write_lock(run: Run, data: DataSet, out: Path, devices: int) -> None:
    """Write the lock: the network's own, with the run and the contents of all files that it read.

    On how many devices it learned is a matter of the machine: it stands under ``volatile``.
    """
    config = run.design.config
    written = (CONFIG, RUN, PREPROCESSING, MODEL, WEIGHTS)
    files = {name: sha256(out / name) for name in written if (out / name).is_file()}
    of_run = {"digest": run.digest, "data": dict(data.files), "data_digest": data.digest}
    subject = Subject.of(Summary(run.design))
    execution, folder = settled(config).execution, way_between(out, run.folder)
    lock = lock_of(
        *(subject, (), files, None, execution),
        run=of_run,
        run_folder=folder,
        weights=weights_files(config),
    )
    lock["volatile"]["devices"] = devices
    publish({out / LOCK: (json.dumps(lock, indent=2) + "\n").encode()})
