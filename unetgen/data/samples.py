"""Samples of a data set as a network will see them: prepared, and cut into patches, augmented or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.blocks import Array, Floats
from unetgen.data.case import Case, Reader, remembering
from unetgen.data.checking import Findings
from unetgen.data.config import DataConfig
from unetgen.data.positions import ClassPositions
from unetgen.data.preprocessing import Preprocessing
from unetgen.data.sampling import PatchSampler, TrainingImage
from unetgen.images.files import read_image, read_labels

AUGMENTED = 3
"""Patches of a case that are shown with augmentation."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture of two axes with the classes of its positions."""

    title: str
    values: Floats
    """``(rows, columns, channels)``."""
    labels: Array | None
    """``(rows, columns)``."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One case: whole, a patch of it, and the same patch with augmentation."""

    name: str
    side: str | None
    panels: tuple[Panel, ...]


def samples_of(
    config: DataConfig, findings: Findings, size: tuple[int, ...], seed: int = 0, count: int = 8
) -> list[Sample]:
    """Samples of at most `count` cases, spread over the data set, in patches of `size`.

    Raises `UnetgenError` where an image cannot be prepared.
    """
    cases = {each.case.name: each.case for each in findings.survey.cases}
    dims = next((case.dims for case in cases.values()), None)
    read, labels = (remembering(partial(read, dims=dims)) for read in (read_image, read_labels))
    training = (cases[name].image(read) for name in findings.sides.train)
    prepared = preprocessing_of(config, findings).fitted(training)
    names = [*findings.sides.train, *findings.sides.validation] or list(cases)
    chosen = names if len(names) <= count else [names[i * len(names) // count] for i in range(count)]
    return [
        Sample(
            name,
            findings.sides.side_of(name),
            tuple(_panels(cases[name], (read, labels), config, prepared, size, seed + number)),
        )
        for number, name in enumerate(chosen)
    ]


def preprocessing_of(config: DataConfig, findings: Findings, ignored: int | None = None) -> Preprocessing:
    """What is done with each image; it has still to be fitted.

    ignored: the number of positions that belong to no class; None: the one after the last class.
    """
    classes = findings.classes
    beyond = len(classes.names) if config.ignore is not None else None
    return Preprocessing(
        channels=config.channels,
        orientation=config.orientation,
        spacing=config.spacing,
        normalize=config.normalize,
        slices=findings.slices,
        classes=classes.names,
        values=dict(classes.number_of),
        ignore=config.ignore,
        ignored=beyond if ignored is None else ignored,
    )


def _panels(
    case: Case,
    readers: tuple[Reader, Reader],
    config: DataConfig,
    preprocessing: Preprocessing,
    size: tuple[int, ...],
    seed: int,
) -> Iterator[Panel]:
    read, read_mask = readers
    prepared = preprocessing.prepare(case.image(read))
    if case.mask is None:
        yield flat("whole", prepared.values, None, preprocessing.ignored)
        labels = np.zeros(prepared.values.shape[:-1], np.int32)
    else:
        labels = preprocessing.prepare_labels(case.labels(read_mask), prepared.record)
        yield flat("whole", prepared.values, labels, preprocessing.ignored)
    learned = range(1, len(preprocessing.classes))
    positions = ClassPositions.of(labels, learned, np.random.default_rng(seed))
    image = TrainingImage(case.name, prepared.values, labels, positions)
    changes = [("patch", CustomAugmentation(), seed)]
    changes += [("augmented", config.augment.for_patch(size), seed + i) for i in range(AUGMENTED)]
    for title, transforms, of_patch in changes:
        sampler = PatchSampler(
            images=[image],
            size=size,
            foreground=1.0 if positions.indices else 0.0,
            transforms=transforms,
            ignored=preprocessing.ignored,
            slices=prepared.slices,
        )
        patch = sampler.patch(0, of_patch)
        yield flat(title, patch.values, patch.labels if case.mask else None, preprocessing.ignored)


def flat(title: str, values: Floats, labels: Array | None, ignored: int | None = None) -> Panel:
    """A picture of two axes: a signal as a band, of a volume the slice with the most of the classes.

    Volumes are shown along their shortest axis.
    """
    spatial = values.shape[:-1]
    if len(spatial) == 1:
        rows = max(1, spatial[0] // 8)
        band = np.repeat(values[None], rows, 0)
        return Panel(title, band, None if labels is None else np.repeat(labels[None], rows, 0))
    if len(spatial) == 2:
        return Panel(title, values, labels)
    axis = spatial.index(min(spatial))
    index = spatial[axis] // 2
    if labels is not None:
        learned = (labels != 0) if ignored is None else (labels != 0) & (labels != ignored)
        others = tuple(other for other in range(3) if other != axis)
        counts = np.count_nonzero(learned, axis=others)
        index = int(counts.argmax()) if counts.any() else index
    at = (*[slice(None)] * axis, index)
    return Panel(f"{title}, slice {index}", values[at], None if labels is None else labels[at])


def shown_range(panels: Sequence[Panel]) -> tuple[float, float]:
    """The intensities that are shown black and white: of the first panel, without its outliers."""
    low, high = np.percentile(panels[0].values, (0.5, 99.5))
    return (float(low), float(high)) if high > low else (float(low), float(low) + 1.0)
