"""What a network has to know of a data set that was looked through: its fingerprint, channels and classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from unetgen.data.checking import Findings
from unetgen.data.config import DataConfig
from unetgen.data.facts import ImageFacts
from unetgen.errors import UnetgenError
from unetgen.importing.nnunet_labels import Dataset
from unetgen.suggesting.fingerprint import Fingerprint, target_spacing
from unetgen.suggesting.topology import FIRST_POSITIONS

IGNORED = 255
"""The number of positions that are not learned from, where no class has it."""
SAME = 1e-3
"""Spacings that differ by no more than this share are the same."""


@dataclass(frozen=True)
class DataFacts:
    """A data set as a network of `fingerprint.dims` axes takes it."""

    fingerprint: Fingerprint
    dataset: Dataset
    classes: tuple[str, ...]
    spacing: tuple[float, ...] | None
    """What `data.spacing` has to be, by the axes of the images; None where it can stay away."""
    slices: int | None
    """What `data.slices` has to be."""
    has_spacings: bool
    """Whether all files say theirs, so that they can be brought to another."""

    def at(self, resolution: Fingerprint) -> DataFacts:
        """The same images at another resolution."""
        return replace(self, fingerprint=resolution, spacing=_short(resolution.spacing))


def facts_of(findings: Findings, config: DataConfig, spacing: Sequence[float] | None, dims: int) -> DataFacts:
    """The facts for a network of `dims` axes, of images brought to `spacing`; None: by nnU-Net's rule.

    Raises `UnetgenError` where there are problems in the data, or no such network for them.
    """
    findings.require()
    images = findings.survey.images
    classes = _classes(findings)
    of_images = findings.overview.dims
    spacings = _spacings(images)
    needed = spacing if spacing is not None else _needed(images, spacings)
    target = needed or tuple(map(float, spacings[0]))
    whole = Fingerprint.of(
        [image.spatial for image in images], spacings, target, images[0].channels, len(classes)
    )
    slices = None
    if dims < of_images:
        coarsest = max(range(of_images), key=lambda axis: (target[axis], -axis))
        slices = coarsest if findings.slices is None else findings.slices
    ignore = None if config.ignore is None else IGNORED
    return DataFacts(
        fingerprint=whole if slices is None else whole.sliced(slices),
        dataset=Dataset(whole.channels, whole.classes, ignore_label=ignore),
        classes=classes,
        spacing=None if needed is None else tuple(needed),
        slices=slices,
        has_spacings=all(image.spacing is not None for image in images),
    )


def network_axes(findings: Findings, asked: int | None) -> int:
    """The axes of the network: as `asked`, else those of the images, or of the slices that the run takes.

    Raises `UnetgenError` where there are no rules, or no such images.
    """
    findings.require()
    of_images = findings.overview.dims
    dims = asked or of_images - (findings.slices is not None)
    if of_images not in FIRST_POSITIONS:
        axes = "1 axis" if of_images == 1 else f"{of_images} axes"
        raise UnetgenError(
            f"the images have {axes}, and nnU-Net's rules are for 2 and 3; write the config by hand, "
            "`unetgen list` names some to begin with"
        )
    if dims > of_images:
        raise UnetgenError(f"--dims {dims}: the images have {of_images} axes; leave it out")
    return dims


def _classes(findings: Findings) -> tuple[str, ...]:
    if not findings.survey.masks and not findings.classes.are_named:
        raise UnetgenError(
            "there are no masks, so nothing says which classes there are; name them in `data.labels` of a "
            "run file, or put masks beside the images"
        )
    return findings.classes.names


def _spacings(images: Sequence[ImageFacts]) -> list[tuple[float, ...]]:
    """The images' spacings; 1 along every axis where not all files say theirs."""
    known = [image.spacing for image in images if image.spacing is not None]
    return known if len(known) == len(images) else [(1.0,) * len(image.spatial) for image in images]


def _needed(images: Sequence[ImageFacts], spacings: Sequence[Sequence[float]]) -> tuple[float, ...] | None:
    """nnU-Net's spacing, unless all images have it."""
    target = target_spacing([image.spatial for image in images], spacings)
    is_same = all(
        math.isclose(has, wanted, rel_tol=SAME)
        for spacing in spacings
        for has, wanted in zip(spacing, target, strict=True)
    )
    return None if is_same else _short(target)


def _short(spacing: Sequence[float]) -> tuple[float, ...]:
    """As people write it."""
    return tuple(float(f"{each:.4g}") for each in spacing)
