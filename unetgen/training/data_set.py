"""The images of a run, checked, prepared for its network, and ready for patches to be cut out of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from unetgen.data.case import Case
from unetgen.data.checking import Findings, check_data
from unetgen.data.positions import ClassPositions
from unetgen.data.preprocessing import Preprocessing
from unetgen.data.samples import preprocessing_of
from unetgen.data.sampling import PatchSampler, TrainingImage
from unetgen.errors import ConfigError, Problem, UnetgenError
from unetgen.model.saving import sha256
from unetgen.runs.run import Run
from unetgen.runs.takes import network_takes
from unetgen.runs.weighted import Weights, class_weights
from unetgen.training.prepared import Arrays, Readers, fill_once, mapped, prepare, shared_place


@dataclass(frozen=True, eq=False)
class DataSet:
    """What a run learns from and what it is validated on."""

    preprocessing: Preprocessing
    train: tuple[TrainingImage, ...]
    validation: tuple[TrainingImage, ...]
    sampler: PatchSampler
    files: Mapping[str, str]
    """The SHA-256 of each file that was read, by its path from the run's folder."""
    class_weights: Weights | None
    """The weight of each class in the losses; None where they are as the model's config says."""
    notes: tuple[Problem, ...]
    """What is right and may not be meant."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all files together, by their names and contents."""
        return digest_of(self.files)

    def with_file(self, file: Path, root: Path, digest: str) -> DataSet:
        """The same where a further file was read."""
        return replace(self, files={**self.files, name_from(file, root): digest})

    @property
    def slices(self) -> int | None:
        """The axis of the images along which the network takes slices; None where it takes them whole."""
        return self.sampler.slices

    @property
    def samples(self) -> int:
        """How many patches give each training image, or each of its slices, one."""
        axis = self.slices
        return sum(1 if axis is None else image.labels.shape[axis] for image in self.train)


def data_set(run: Run, folder: Path, shared: Path | None = None) -> DataSet:
    """The data set of `run`; its prepared images are written into `folder`, and mapped from there.

    With `shared`, a folder, they are kept in there for all runs that prepare the same images alike. Raises
    `ConfigError` with every problem of the files.
    """
    config, design = run.config, run.design
    if config.data.masks is None:
        hint = "name the masks; `unetgen predict` needs none"
        raise ConfigError([Problem("there is nothing to learn from", ("data", "masks"), got=None, hint=hint)])
    findings = check_data(config.data, run.folder, config.seed, network_takes(design))
    findings.require()
    weights = class_weights(run, findings)
    cases = {facts.case.name: facts.case for facts in findings.survey.cases}
    train = [cases[name] for name in findings.sides.train]
    validation = [cases[name] for name in findings.sides.validation]
    unfitted = preprocessing_of(config.data, findings, design.config.compile.ignore_class)
    read = Readers.of_dims(train[0].dims)
    preprocessing = unfitted.fitted(case.image(read.image) for case in train)
    both = [*train, *validation]
    hashed = partial(files_of, findings, run.folder)
    known = _shared_arrays(shared, both, read, preprocessing, hashed) if shared else None
    if known is None:
        prepare(both, read, preprocessing, folder)
        known = mapped(both, folder), hashed()
    arrays, files = known
    rng = np.random.default_rng([config.seed, 0])
    images = tuple(_image(case, arrays, preprocessing, rng) for case in train)
    sampler = PatchSampler(
        images=images,
        size=run.patch_size,
        foreground=config.data.patch.foreground,
        transforms=config.data.augment.for_patch(run.patch_size),
        ignored=preprocessing.ignored,
        slices=preprocessing.slices,
    )
    return DataSet(
        preprocessing,
        images,
        tuple(_image(case, arrays, preprocessing, rng) for case in validation),
        sampler,
        files,
        weights,
        findings.notes,
    )


def _image(
    case: Case, arrays: Mapping[str, Arrays], preprocessing: Preprocessing, rng: np.random.Generator
) -> TrainingImage:
    """One case as the network takes it."""
    values, labels = arrays[case.name]
    learned = [number for number in range(1, len(preprocessing.classes)) if number != preprocessing.ignored]
    return TrainingImage(case.name, values, labels, ClassPositions.of(labels, learned, rng))


def files_of(findings: Findings, root: Path, known: dict[Path, str] | None = None) -> dict[str, str]:
    """The SHA-256 of each file that a run reads, by its path from the run's folder, `root`.

    `known` are those of files that were read before; it is added to.
    """
    known = {} if known is None else known
    facts = {facts.case.name: facts.case for facts in findings.survey.cases}
    cases = [facts[name] for name in (*findings.sides.train, *findings.sides.validation)]
    files = dict.fromkeys(file for case in cases for file in (*case.images, case.mask) if file is not None)
    for file in files:
        if file not in known:
            known[file] = sha256(file)
    return {name_from(file, root): known[file] for file in files}


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256 of all files together, by their names and contents."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _shared_arrays(
    shared: Path,
    cases: Sequence[Case],
    read: Readers,
    preprocessing: Preprocessing,
    hashed: Callable[[], Mapping[str, str]],
) -> tuple[dict[str, Arrays], Mapping[str, str]] | None:
    """The arrays of each case, kept in `shared`, and the files that they are of; None where that fails."""
    files = hashed()
    place = shared_place(shared, cases, preprocessing, digest_of(files))

    def fill(staging: Path) -> None:
        prepare(cases, read, preprocessing, staging)
        if hashed() != files:
            raise UnetgenError("the files of the run have changed while they were read")

    try:
        fill_once(place, fill)
        return mapped(cases, place), files
    except (UnetgenError, FileNotFoundError):  # the folder was taken away, or cannot be written
        return None


def name_from(file: Path, root: Path) -> str:
    """The way from the run's folder, with slashes; of a file on another drive its name alone."""
    try:
        return Path(os.path.relpath(file, root)).as_posix()
    except ValueError:
        return file.name
