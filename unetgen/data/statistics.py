"""A data set in numbers: sizes, spacings, channels, intensities and the shares of the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from unetgen.data.facts import ImageFacts, MaskFacts
from unetgen.data.labels import Classes
from unetgen.data.normalization.moments import Moments

PERCENTILES = (0.5, 50.0, 99.5)


@dataclass(frozen=True)
class AxisRange:
    """A quantity over all images, axis by axis."""

    lowest: tuple[float, ...]
    median: tuple[float, ...]
    highest: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> AxisRange:
        """The range of rows of one length."""
        table = np.array(rows, dtype=np.float64)
        low, median, high = (
            tuple(map(float, each)) for each in (table.min(0), np.median(table, 0), table.max(0))
        )
        return cls(low, median, high)


@dataclass(frozen=True)
class Intensity:
    """One channel's intensities over all images."""

    lowest: float
    highest: float
    mean: float
    deviation: float
    """The standard deviation."""
    percentiles: tuple[float, ...]
    """Those of `PERCENTILES`: exact where each image has at most `facts.SAMPLED` positions, else of as many
    positions of each."""


@dataclass(frozen=True)
class ClassShare:
    """One class over all masks."""

    name: str
    share: float
    """Of the positions that belong to a class."""
    cases: int
    """Masks that have it."""


@dataclass(frozen=True)
class Overview:
    """What there is, in numbers. Where images have different axes or channels, those of most count."""

    cases: int
    dims: int
    sizes: AxisRange | None
    spacings: AxisRange | None
    """None where no file says any."""
    channels: Mapping[int, int]
    """How many images have how many channels."""
    dtypes: Mapping[str, int]
    """How many images are of which type."""
    intensities: tuple[Intensity, ...]
    """By channel."""
    values: Mapping[int, int]
    """How often each value is in the masks."""
    classes: tuple[ClassShare, ...]
    ignored: float
    """The share of all positions that are not learned from."""

    @classmethod
    def of(cls, images: Iterable[ImageFacts], masks: Sequence[MaskFacts], classes: Classes) -> Overview:
        """The overview of all images and masks that could be read."""
        images = list(images)
        dims = most_common(len(image.spatial) for image in images)
        alike = [image for image in images if len(image.spatial) == dims]
        spacings = [image.spacing for image in alike if image.spacing is not None]
        values = pooled(masks)
        total = sum(values.values())
        return cls(
            cases=len(images),
            dims=dims or 0,
            sizes=AxisRange.of([image.spatial for image in alike]) if alike else None,
            spacings=AxisRange.of(spacings) if spacings else None,
            channels=dict(Counter(image.channels for image in images)),
            dtypes=dict(Counter(image.dtype for image in images)),
            intensities=tuple(_intensities(images)),
            values=values,
            classes=tuple(_class_shares(masks, classes)),
            ignored=values.get(classes.ignore, 0) / total if total and classes.ignore is not None else 0.0,
        )

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        data = asdict(self)
        data["percentiles"] = list(PERCENTILES)
        for name in ("channels", "values"):
            data[name] = {str(key): count for key, count in data[name].items()}
        return data


def most_common(numbers: Iterable[int]) -> int | None:
    """What most are; the larger one where as many are something else."""
    counts = Counter(numbers)
    return max(counts, key=lambda number: (counts[number], number)) if counts else None


def pooled(masks: Iterable[MaskFacts]) -> dict[int, int]:
    """How often each value is in all masks together, in order."""
    counts: Counter[int] = Counter()
    for mask in masks:
        counts.update(mask.counts)
    return dict(sorted(counts.items()))


def _intensities(images: Sequence[ImageFacts]) -> Iterable[Intensity]:
    channels = most_common(image.channels for image in images)
    good = [image for image in images if image.channels == channels and not image.not_finite]
    moments: Moments | None = None
    for image in good:
        if image.moments is not None:
            moments = image.moments if moments is None else moments.joined(image.moments)
    if moments is None or channels is None:
        return
    rows = np.concatenate([image.sample for image in good if image.sample is not None])
    percentiles = np.percentile(rows, PERCENTILES, axis=0)
    deviation = np.sqrt(moments.squares / moments.count)
    for channel in range(channels):
        yield Intensity(
            min(image.lowest[channel] for image in good),
            max(image.highest[channel] for image in good),
            float(moments.mean[channel]),
            float(deviation[channel]),
            tuple(map(float, percentiles[:, channel])),
        )


def _class_shares(masks: Sequence[MaskFacts], classes: Classes) -> Iterable[ClassShare]:
    shares = classes.shares(pooled(masks))
    for number, (name, share) in enumerate(shares.items()):
        values = {value for value, of_class in classes.number_of.items() if of_class == number}
        yield ClassShare(name, share, sum(bool(values & mask.counts.keys()) for mask in masks))
