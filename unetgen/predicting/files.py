"""Predicting files: which images there are, where each one's prediction goes, and which are there already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from unetgen.data.case import Case
from unetgen.data.naming import channel_of
from unetgen.data.pairing import pair
from unetgen.errors import UnetgenError
from unetgen.images.files import WRITTEN, read_header, read_image, suffix_of, write_image
from unetgen.images.header import Header
from unetgen.images.image import Image
from unetgen.predicting.ensemble import Told
from unetgen.predicting.predictor import Predictor

LOSSLESS = {".jpg": ".png", ".jpeg": ".png", ".bmp": ".png"}
"""What a prediction is written as where the image's format is not one for labels."""
_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Errand:
    """An image that is to be predicted, and the file that the prediction goes to."""

    case: Case
    out: Path

    def is_done(self, models: Iterable[Path]) -> bool:
        """Whether that file is there, and newer than the image and the models."""
        if not self.out.is_file():
            return False
        made = self.out.stat().st_mtime_ns
        return all(file.stat().st_mtime_ns <= made for file in (*self.case.images, *models))


def errands(
    inputs: Sequence[str], out: Path, suffix: str | None = None, channels: int | None = None
) -> tuple[list[Errand], list[str]]:
    """The images that `inputs` name, files, folders or patterns, each with its place at `out`.

    `out` is a file where it has the suffix of an image and there is one image, else a folder. Files are named
    after the images, with `suffix` or else the image's own. With `channels`, files with nnU-Net's numbers of
    channels are one image where there are so many. Raises `UnetgenError` with every problem.
    """
    require_inputs(inputs)
    pairing = pair(tuple(inputs), None, Path())
    problems = [str(replace(problem, path=())) for problem in pairing.problems]
    notes = [str(replace(note, path=())) for note in pairing.notes]
    cases = list(pairing.cases)
    if _is_within(out, inputs):
        cases = [case for case in cases if not case.images[0].resolve().is_relative_to(out.resolve())]
        if left_out := len(pairing.cases) - len(cases):
            notes.append(f"{out}: the {left_out} images in it are taken for predictions and left out")
    cases = _joined(cases, channels)
    made = [Errand(case, _place(case, out, suffix, len(cases))) for case in cases]
    problems += _wrong_places(made, out)
    if problems:
        raise UnetgenError("\n".join(problems))
    return made, notes


def require_inputs(inputs: Sequence[str]) -> None:
    """Raise `UnetgenError` with all of `inputs` that are not there."""
    missing = [f"{each}: no such file or folder" for each in inputs if _is_missing(each)]
    if missing:
        raise UnetgenError("\n".join(missing))


def _is_within(out: Path, inputs: Sequence[str]) -> bool:
    """Whether `out` is a folder below one of `inputs`, so that another run finds the predictions there."""
    return any(Path(place).resolve() in out.resolve().parents for place in inputs)


def _is_missing(place: str) -> bool:
    return not _WILD & set(place) and not Path(place).exists()


def _joined(cases: Sequence[Case], channels: int | None) -> list[Case]:
    """Files that each hold one of `channels` channels, by their names, as one case."""
    named = [channel_of(case.name) for case in cases]
    if channels is None or channels < 2 or None in named:
        return list(cases)
    files: dict[str, dict[int, Path]] = {}
    for case, parts in zip(cases, named, strict=True):
        if parts is not None and len(case.images) == 1:
            files.setdefault(parts[0], {})[parts[1]] = case.images[0]
    if any(sorted(found) != list(range(channels)) for found in files.values()):
        return list(cases)
    return [Case(name, tuple(found[index] for index in sorted(found))) for name, found in files.items()]


def _place(case: Case, out: Path, suffix: str | None, count: int) -> Path:
    own = suffix_of(case.images[0]) or ""
    if count == 1 and suffix is None and suffix_of(out) is not None and not out.is_dir():
        return out
    return out / f"{case.name}{suffix or LOSSLESS.get(own, own)}"


def _wrong_places(made: Sequence[Errand], out: Path) -> Iterator[str]:
    if suffix_of(out) is not None and not out.is_dir() and any(errand.out != out for errand in made):
        yield f"{out}: names a file, and there are {len(made)} images; name a folder, and --format the format"
    read = {file.resolve() for errand in made for file in errand.case.images}
    for errand in made:
        if errand.out.resolve() in read:
            yield f"{errand.out}: is an image that is to be predicted, and would be lost; name another --out"
        elif suffix_of(errand.out) not in WRITTEN:
            known = " ".join(WRITTEN)
            yield f"{errand.out}: predictions are not written in this format; --format takes {known}"


def require_fit(made: Sequence[Errand], predictor: Predictor, probabilities: bool) -> None:
    """Raise `UnetgenError` with all images that do not fit the networks, and all formats that hold no such
    prediction; no values are read."""
    problems = []
    outs: dict[tuple[str | None, int], Path] = {}
    for errand in made:
        try:
            headers = [read_header(file, predictor.dims_of_files) for file in errand.case.images]
        except UnetgenError as error:
            problems.append(str(error))
            continue
        problems += _misfits(errand.case, headers, predictor)
        outs.setdefault((suffix_of(errand.out), headers[0].dims), errand.out)
    if not problems:
        problems = [
            wrong for (suffix, dims) in outs if (wrong := _unwritable(suffix, dims, predictor, probabilities))
        ]
    if problems:
        raise UnetgenError("\n".join(problems))


def _misfits(case: Case, headers: Sequence[Header], predictor: Predictor) -> Iterator[str]:
    dims, file = headers[0].dims, case.images[0]
    allowed = {predictor.dims} if predictor.slices is None else {predictor.dims, predictor.dims + 1}
    if dims not in allowed:
        wanted = " or ".join(map(str, sorted(allowed)))
        yield f"{file}: has {dims} spatial axes, and the network takes images of {wanted}"
    channels = sum(header.channels for header in headers)
    if not predictor.chooses_channels and channels != predictor.channels:
        yield f"{file}: has {channels} channels, and the network takes {predictor.channels}"


def _unwritable(suffix: str | None, dims: int, predictor: Predictor, probabilities: bool) -> str | None:
    """Why the format does not hold predictions: a small one is written, which no reader sees."""
    shape = [2] * dims
    scores = np.full((*shape, predictor.decision.classes), 0.5, "float32")
    labels = np.full((*shape, 1), max(predictor.values.values(), default=1))
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_image(Path(folder) / f"prediction{suffix}", Image(scores if probabilities else labels))
        except UnetgenError as error:
            what = "probabilities" if probabilities else "labels"
            reason = str(error).partition(": ")[2]
            return f"--format: {suffix} does not hold these {what}: {reason}"
    return None


def predict(
    predictor: Predictor, errand: Errand, probabilities: bool = False, tell: Told | None = None
) -> None:
    """Predict an image and write the file, whole or not at all; `UnetgenError` names the image.

    Labels are the values that masks have.
    """
    image = errand.case.image(partial(read_image, dims=predictor.dims_of_files))
    try:
        view = predictor.view(image)
        # From here on its values may go: what is prepared has them again.
        image = replace(image, values=np.broadcast_to(np.uint8(0), (*image.spatial, 1)))
        found = (
            predictor.scores_of(view, tell) if probabilities else predictor.values_of(view, tell)[..., None]
        )
    except UnetgenError as error:
        raise UnetgenError(naming(errand.case, error)) from None
    write_image(errand.out, replace(image, values=found), like=image)


def naming(case: Case, error: UnetgenError) -> str:
    """What an error says, with the file of the image that it is about."""
    file, said = str(case.images[0]), str(error)
    return said if said.startswith(file) else f"{file}: {said}"
