"""The section `data` for a folder: its layout, its classes, and what its files need to be alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unetgen.data.checking import MOST_CLASSES, UNLIKE, Findings, check_data, judge
from unetgen.data.config import DataConfig, data_config
from unetgen.data.labels import Counts
from unetgen.data.layouts import Layout, layout_of
from unetgen.data.statistics import AxisRange, pooled
from unetgen.data.survey import Survey, survey

BACKGROUND, FOREGROUND = "background", "foreground"
IGNORED = 255
"""The value that data sets of many classes give to positions that are not to be learned from."""
RGBA = 4


@dataclass(frozen=True)
class Suggestion:
    """Fields for a folder, and what is found with them."""

    fields: Mapping[str, object]
    """Those that differ from their defaults, and the places."""
    reasons: Mapping[str, str]
    """Why a field is set as it is."""
    config: DataConfig
    findings: Findings


def suggested(folder: Path, seed: int = 0) -> Suggestion:
    """Fields with which the images in `folder` can be used as they lie there, as far as that goes.

    Raises `UnetgenError` where there is no folder, or no image in it.
    """
    layout = layout_of(folder)
    fields: dict[str, object] = {"images": layout.images, "masks": layout.masks}
    read = survey(data_config(fields), folder)
    wanted = {**_of_classes(layout, read), **_of_geometry(read), **_of_channels(read)}
    reasons = {name: reason for name, (_, reason) in wanted.items()}
    fields |= {name: value for name, (value, _) in wanted.items()}
    config = data_config(fields)
    if wanted.keys() <= {"labels", "ignore"}:
        findings = judge(read, config, seed)
    else:
        findings = check_data(config, folder, seed)
    return Suggestion(fields, reasons, config, findings)


Wanted = Mapping[str, tuple[object, str]]
"""Fields with their values and the reasons for them."""


def _of_classes(layout: Layout, read: Survey) -> Wanted:
    counts = pooled(read.masks)
    if layout.dataset is not None:
        labels = {"labels": (dict(layout.dataset.labels), "as dataset.json names them")}
        ignore = layout.dataset.ignore
        return labels if ignore is None else labels | {"ignore": (ignore, "as dataset.json says")}
    if not 2 <= len(counts) <= MOST_CLASSES or min(counts) < 0:
        return {}
    found: dict[str, tuple[object, str]] = {}
    if _has_an_ignored_value(counts):
        found["ignore"] = (
            IGNORED,
            "the other values count from 0; give it a name in labels if it is a class",
        )
        counts = {value: count for value, count in counts.items() if value != IGNORED}
    found["labels"] = (_names(counts), "the values in the masks; give them names")
    return found


def _has_an_ignored_value(counts: Counts) -> bool:
    """Whether 255 stands beside two or more values that count from 0 without a gap."""
    others = sorted(value for value in counts if value != IGNORED)
    return IGNORED in counts and len(others) >= 2 and others == list(range(len(others)))


def _names(counts: Counts) -> dict[int, str]:
    lowest, *others = sorted(counts)
    if len(others) == 1:
        return {lowest: BACKGROUND, others[0]: FOREGROUND}
    return {lowest: BACKGROUND, **{value: f"class{value}" for value in others}}


def _of_geometry(read: Survey) -> Wanted:
    """Slices of the only volume; axes and spacings that all volumes can have."""
    volumes = [image for image in read.images if len(image.spatial) == 3]
    if len(read.cases) == 1 and volumes:
        (volume,) = volumes
        spacing = volume.spacing or (1.0,) * 3
        widest = max(range(3), key=spacing.__getitem__)
        return {"slices": (widest, "this volume is all there is: each of its slices is a case")}
    found: dict[str, tuple[object, str]] = {}
    axes = Counter(image.axes for image in volumes if image.axes)
    if len(axes) > 1:
        found["orientation"] = (axes.most_common(1)[0][0], f"the volumes have {len(axes)} different ones")
    spacings = [image.spacing for image in volumes if image.spacing]
    if spacings and len(spacings) == len(read.images):
        spread = AxisRange.of(spacings)
        if any(high > UNLIKE * low for low, high in zip(spread.lowest, spread.highest, strict=True)):
            median = [float(f"{each:.4g}") for each in spread.median]
            found["spacing"] = (median, "the median; that of the volumes differs")
    return found


def _of_channels(read: Survey) -> Wanted:
    """Colours without transparency, where that is the same everywhere or where not all images have it."""
    with_alpha = [image for image in read.images if image.channels == RGBA and image.dtype == "uint8"]
    has_others = {image.channels for image in read.images} == {3, RGBA}
    is_opaque = all(image.lowest[3:] == image.highest[3:] for image in with_alpha)
    if with_alpha and (has_others or (len(with_alpha) == len(read.images) and is_opaque)):
        return {"channels": ([0, 1, 2], "without transparency")}
    return {}
