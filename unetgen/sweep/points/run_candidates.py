"""Candidates of a run file: checked together with the images that they are to learn from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from unetgen.analysis.summary import Summary
from unetgen.config.loader import at_size
from unetgen.data.checking import Findings, judge, shortened
from unetgen.data.survey import Survey, survey
from unetgen.errors import ConfigError, Problem, UnetgenError
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run
from unetgen.runs.takes import network_takes
from unetgen.runs.weighted import class_weights
from unetgen.sweep.folder.files import RUN
from unetgen.sweep.folder.identity import DATA, START, Identity
from unetgen.sweep.points.candidates import Candidate, with_weights
from unetgen.sweep.points.costs import cost_of
from unetgen.training.data_set import digest_of, files_of
from unetgen.training.starting import Start

_READ_BY = ("images", "masks", "channels", "slices", "orientation", "spacing")
"""The fields of `data` that say which files are read, and how."""


class RunCandidates:
    """Those of a run file. Files are read once for all points that read them alike.

    Costs are told for the run's batches of patches.
    """

    def __init__(self, file: Path) -> None:
        self.files = (file,)
        self._surveys: dict[str, Survey] = {}
        self._hashes: dict[Path, str] = {}

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        """The candidate with these overrides; raises `ConfigError` with all problems of run and data."""
        run = load_run(self.file_of(overrides), overrides)
        design, weights = with_weights(run.design, self._hashes)
        run = replace(run, design=design)
        findings = self._findings(run)
        if findings.problems:
            raise ConfigError(shortened(findings.problems))
        class_weights(run, findings)  # which may lack a class
        contents = {DATA: digest_of(files_of(findings, run.folder, self._hashes)), **weights}
        if start := _start(run):
            contents[START] = start.digest
        if design.config.input.free:
            design = at_size(design, run.patch_size)
        cost = cost_of(Summary(design, run.config.fit.batch_size))
        identity = Identity(run.digest, contents)
        return Candidate(Summary(run.design), cost, identity, {RUN: run.to_yaml()})

    def identity(self, overrides: tuple[str, ...]) -> None:
        """Not known before the data are checked."""

    def file_of(self, overrides: tuple[str, ...]) -> Path:
        """The run file, whatever the overrides."""
        return self.files[0]

    def _findings(self, run: Run) -> Findings:
        config = run.config.data
        said = config.model_dump(mode="json")
        key = json.dumps([said[name] for name in _READ_BY])
        if key not in self._surveys:
            self._surveys[key] = survey(config, run.folder)
        return judge(self._surveys[key], config, run.config.seed, network_takes(run.design))


def _start(run: Run) -> Start | None:
    """The model's file that the run begins with; `ConfigError` where there is none such."""
    try:
        return Start.of(run)
    except UnetgenError as error:
        raise ConfigError([Problem(str(error))]) from None
