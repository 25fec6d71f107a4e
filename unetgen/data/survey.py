"""Every file of a data set, read once: what it holds, and why it cannot be read or used as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unetgen.data.case import Case, Reader, misfit, remembering
from unetgen.data.config import DataConfig
from unetgen.data.facts import ImageFacts, MaskFacts
from unetgen.data.pairing import pair
from unetgen.errors import Problem, UnetgenError
from unetgen.images.files import read_header, read_image, read_labels
from unetgen.images.geometry import codes, reoriented
from unetgen.images.image import Image


@dataclass(frozen=True)
class CaseFacts:
    """A case, and what its files hold; None where that could not be read."""

    case: Case
    image: ImageFacts | None = None
    mask: MaskFacts | None = None

    @property
    def image_file(self) -> str:
        """Where its image is, with the slice that is meant."""
        return _place(self.case, self.case.images[0])

    @property
    def mask_file(self) -> str:
        """Where its mask is, with the slice that is meant."""
        return _place(self.case, self.case.mask or self.case.images[0])


@dataclass(frozen=True)
class Survey:
    """What was read, and what is wrong with single files."""

    cases: tuple[CaseFacts, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]

    @property
    def images(self) -> list[ImageFacts]:
        """Those that could be read."""
        return [each.image for each in self.cases if each.image is not None]

    @property
    def masks(self) -> list[MaskFacts]:
        """Those that could be read."""
        return [each.mask for each in self.cases if each.mask is not None]


def survey(config: DataConfig, root: Path, dims: int | None = None) -> Survey:
    """Find and read every file that `config` names below `root`.

    `dims` says how many axes the images have, for files that do not say it themselves.
    """
    pairing = pair(config.images, config.masks, root, config.slices, dims)
    problems, notes = list(pairing.problems), list(pairing.notes)
    image, labels = (remembering(partial(read, dims=dims)) for read in (read_image, read_labels))
    cases = tuple(_read(case, config, image, labels, problems, notes) for case in pairing.cases)
    once = {str(problem): problem for problem in problems}  # its image's header is read for a mask too
    return Survey(cases, tuple(once.values()), tuple(notes))


def _read(
    case: Case,
    config: DataConfig,
    read: Reader,
    labels: Reader,
    problems: list[Problem],
    notes: list[Problem],
) -> CaseFacts:
    """Both files of a case; what is wrong goes into `problems`, what is not into `notes`."""
    image = mask = facts = None
    try:
        image = case.image(read)
        facts = ImageFacts.of(_chosen(image, config))
        problems += _of_image(image, facts, case, config)
    except UnetgenError as error:
        problems += _said(error)
    if case.mask is not None:
        try:
            mask = case.labels(labels)
        except UnetgenError as error:
            problems += _said(error)
    if image is not None and mask is not None:
        problems += _of_both(image, mask, case)
        notes += _turned(image, mask, case)
    return CaseFacts(case, facts, None if mask is None else MaskFacts.of(mask))


def _of_image(image: Image, facts: ImageFacts, case: Case, config: DataConfig) -> Iterator[Problem]:
    """What one image lacks that the fields ask for, and values that no network takes."""
    where = _place(case, case.images[0])
    if facts.not_finite:
        values = math.prod(facts.spatial) * facts.channels
        what = f"holds NaN or infinity at {facts.not_finite:,} of {values:,} values"
        yield Problem(what, hint="are values missing, or divided by zero, where it was made?", where=where)
    beyond = [channel for channel in config.channels or () if channel >= image.channels]
    if beyond:
        has = "1 channel" if image.channels == 1 else f"{image.channels} channels"
        hint = f"it has {has}, counted from 0"
        yield Problem(f"has no channel {beyond[0]} of `data.channels`", hint=hint, where=where)
    for name, wanted in (("orientation", config.orientation != "keep"), ("spacing", bool(config.spacing))):
        if wanted and image.affine is None:
            what = f"says nothing of its {name}, which `data.{name}` asks for"
            yield Problem(what, hint=f"leave `data.{name}` out, or use a format such as NIfTI", where=where)
    for name, value in (("orientation", config.orientation), ("spacing", config.spacing)):
        asked = None if value == "keep" or image.affine is None else value
        if asked is not None and len(asked) != image.dims:
            what = f"has {image.dims} axes, and `data.{name}` names {len(asked)}"
            yield Problem(what, where=where)
    if config.slices is not None and case.slice is None and config.slices >= image.dims:
        yield Problem(f"has no axis {config.slices} of `data.slices`: it has {image.dims} axes", where=where)
    elif config.slices is not None and case.slice is None and image.dims < 3:
        yield Problem("is not a volume, so it has no slices", hint="leave `data.slices` out", where=where)


def _of_both(image: Image, mask: Image, case: Case) -> Iterator[Problem]:
    """How a mask does not lie on its image."""
    wrong = misfit(mask, image)
    if wrong is None:
        return
    is_exchanged = mask.spatial == image.spatial[::-1] and mask.spatial != image.spatial
    hint = "its axes stand the other way round" if is_exchanged else None
    where = _place(case, case.mask or case.images[0])
    yield Problem(f"{wrong}, as its image {case.images[0].name} has it", hint=hint, where=where)


def _turned(image: Image, mask: Image, case: Case) -> Iterator[Problem]:
    """Whether the file of a mask has other axes than that of its image."""
    if mask.affine is None or image.affine is None or case.mask is None or case.slice is not None:
        return
    affine = read_header(case.mask, case.dims).affine
    if affine is not None and not np.array_equal(affine, mask.affine):
        what = f"is turned to the axes of its image, {codes(image)}"
        yield Problem(what, where=_place(case, case.mask))


def _chosen(image: Image, config: DataConfig) -> Image:
    """The image as the fields want it, as far as it can be had: its channels chosen, its axes turned."""
    there = [channel for channel in config.channels or () if channel < image.channels]
    if there:
        image = Image(image.values[..., there], image.affine, image.file)
    turns = config.orientation != "keep" and image.affine is not None
    return reoriented(image, config.orientation) if turns and image.dims == len(config.orientation) else image


def _said(error: UnetgenError) -> Iterator[Problem]:
    """An error about a file as a problem at its place."""
    for line in str(error).splitlines():
        where, colon, message = line.partition(": ")
        yield Problem(message, where=where) if colon else Problem(line)


def _place(case: Case, file: Path) -> str:
    return f"{file}[{case.slice[1]}]" if case.slice else str(file)
