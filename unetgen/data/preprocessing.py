"""From an image as a file holds it to what a network takes, and from a prediction back.

It is stored with a trained model, so that a prediction does what training did. How a network wants its
channels, first or last, is the network's matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator

from unetgen.data.blocks import Array, Floats, blocks
from unetgen.data.labels import Classes
from unetgen.data.normalization import NormalizeField
from unetgen.data.normalization.zscore import ZScore
from unetgen.data.prepared import Placement, Prepared, Record
from unetgen.errors import ConfigError, Problem, UnetgenError, Wrong
from unetgen.images.geometry import like, reoriented
from unetgen.images.image import Image
from unetgen.images.limits import room
from unetgen.images.resampling import affine_at, resampled, resampled_labels, size_at
from unetgen.parts.part import Part
from unetgen.parts.values import counted
from unetgen.reading import MAX_JSON_BYTES, parsed_json, size_text

KEEP = "keep"
CUBIC, LINEAR = 3, 1
"""Orders of the splines, nnU-Net's: of images, and of scores."""
Index = Annotated[int, Field(ge=0)]
Distance = Annotated[float, Field(gt=0)]


class Preprocessing(Part):
    """All that turns an image into what a network takes, with the training set's statistics."""

    version: Literal[1] = 1
    """The version of this form of JSON."""
    channels: tuple[Index, ...] | None = Field(None, min_length=1)
    """The channels of the files that are taken, in this order; null: all."""
    orientation: str = Field(KEEP, pattern=r"^(keep|[RLAPSI]{1,3})$")
    """The letters that the axes are brought to, or `keep`."""
    spacing: tuple[Distance, ...] | None = Field(None, min_length=1, max_length=3)
    """The distance of neighbours on each axis, after turning; null: the file's."""
    normalize: NormalizeField = ZScore()
    """How intensities are normalized."""
    statistics: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    """What the normalization knows of the training set, a number for each channel."""
    slices: Index | None = None
    """The axis of volumes, after turning, along which slices are taken; null: none."""
    classes: tuple[str, ...] = ()
    """The names of the classes, by number."""
    values: dict[int, Index] = Field(default_factory=dict)
    """The class number of each value in masks."""
    ignore: int | None = None
    """The value in masks that is not learned from."""
    ignored: int | None = None
    """The number in targets of what is not learned from."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = []
        if self.channels is not None and len(set(self.channels)) < len(self.channels):
            problems.append(Problem("names a channel twice", ("channels",), got=list(self.channels)))
        if any(number >= len(self.classes) for number in self.values.values()):
            problems.append(Problem(f"numbers a class beyond the {len(self.classes)} named", ("values",)))
        if self.ignore is not None and self.ignored is None:
            problems.append(Problem("needs `ignored`, its number in targets", ("ignore",), got=self.ignore))
        if problems:
            raise Wrong(problems)
        return self

    def fitted(self, images: Iterable[Image]) -> Self:
        """The same with the statistics of the training set, whose `images` come one by one.

        None is read where the normalization needs none.
        """
        statistics = self.normalize.fit(self._turned(image).values for image in images)
        return self.model_copy(update={"statistics": dict(statistics)})

    def prepare(self, image: Image) -> Prepared:
        """What the network takes: channels chosen, axes turned, intensities normalized, resampled.

        Raises `UnetgenError`, which names the file, for an image that does not fit.
        """
        turned = self._turned(image)
        try:
            normalized = self.normalize.apply(turned.values, self.statistics)
        except UnetgenError as error:
            raise UnetgenError(f"{_name(image)}: {error}") from None
        size = self._size(turned)
        values = normalized if size == turned.spatial else resampled(normalized, size, CUBIC)
        record = Record(Placement.of(image), Placement.of(turned), size, image.file)
        affine = None if turned.affine is None else affine_at(turned.affine, turned.spatial, size)
        return Prepared(values, affine, self._slices_of(turned), record)

    def prepare_labels(self, mask: Image, record: Record) -> Array:
        """The class number ``(*spatial)`` int32 of each position of the mask of a prepared image.

        The mask lies where its image lies, whatever its own file says. Raises `UnetgenError`, which names the
        file, for values that no class has and for another size.
        """
        if mask.spatial != record.original.spatial or mask.channels != 1:
            held, wanted = _listed(mask.spatial), _listed(record.original.spatial)
            raise UnetgenError(
                f"{_name(mask)}: has {held} positions and {counted(mask.channels, 'channel')}; "
                f"a mask of {record.file or 'the image'} has {wanted} and one channel"
            )
        if not self.values:
            raise UnetgenError(f"{_name(mask)}: no value in masks has a class; name them in `labels`")
        classes = Classes(self.classes, self.values, self.ignore, are_named=True)
        numbers = classes.numbers(mask.values, -1 if self.ignored is None else self.ignored, mask.file)
        turned = self._oriented(record.original.holding(numbers, mask.file))
        labels = turned.values
        if record.spatial != turned.spatial:
            labels = resampled_labels(labels, record.spatial)
        return np.ascontiguousarray(labels[..., 0], np.int32)

    def restore(self, scores: Array, record: Record) -> Floats:
        """Scores ``(*spatial, classes)`` of a prepared image on the grid of its file, in float32.

        They are interpolated linearly. A part of the classes may be given, where memory is short.
        """
        if scores.shape[:-1] != record.spatial:
            raise UnetgenError(
                f"{record.file or 'the image'}: scores have the size {scores.shape[:-1]}, and the prepared "
                f"image {record.spatial}"
            )
        turned = record.turned
        if record.spatial != turned.spatial:
            scores = resampled(scores, turned.spatial, LINEAR)
        image = turned.holding(scores, record.file)
        if self.orientation != KEEP:
            nothing = np.broadcast_to(np.uint8(0), (*record.original.spatial, 1))
            image = like(image, record.original.holding(nothing, record.file))
        return np.ascontiguousarray(image.values, np.float32)

    def to_json(self) -> str:
        """JSON that `from_json` reads."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, label: str = "preprocessing.json") -> Self:
        """What `to_json` wrote; raises `UnetgenError`, which calls it `label`, for anything else."""
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > MAX_JSON_BYTES:
            raise UnetgenError(f"{label}: is larger than {size_text(MAX_JSON_BYTES)}; is it the right file?")
        data = parsed_json(raw, label)
        version = data.get("version") if isinstance(data, dict) else None
        if version != 1 or isinstance(version, bool):
            raise ConfigError(
                [Problem("unknown version", ("version",), got=version, where=label, hint=NEWER)]
            )
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            raise ConfigError(replace(problem, where=label) for problem in _problems(error)) from None

    def _turned(self, image: Image) -> Image:
        values = self._chosen(image)
        if not all(np.isfinite(values[block]).all() for block in blocks(values)):
            raise UnetgenError(
                f"{_name(image)}: holds values that are not finite (NaN or infinity); replace them"
            )
        return self._oriented(Image(values, image.affine, image.file))

    def _chosen(self, image: Image) -> Array:
        if self.channels is None:
            return image.values
        if max(self.channels) >= image.channels:
            raise UnetgenError(
                f"{_name(image)}: has {counted(image.channels, 'channel')}, and `channels` asks for "
                f"{', '.join(map(str, self.channels))}, counted from 0"
            )
        return image.values[..., list(self.channels)]

    def _oriented(self, image: Image) -> Image:
        return image if self.orientation == KEEP else reoriented(image, self.orientation)

    def _size(self, turned: Image) -> tuple[int, ...]:
        if self.spacing is None:
            return turned.spatial
        if len(self.spacing) != turned.dims:
            raise UnetgenError(
                f"{_name(turned)}: has {counted(turned.dims, 'axis', 'axes')}, and `spacing` "
                f"{counted(len(self.spacing), 'number')}; give one for each axis"
            )
        if turned.affine is None:
            raise UnetgenError(f"{_name(turned)}: says nothing of its spacing; leave out `spacing`")
        size = size_at(turned.spatial, turned.spacing, self.spacing)
        claimed = math.prod(size) * turned.channels * np.dtype(np.float32).itemsize
        if claimed > room():
            raise UnetgenError(
                f"{_name(turned)}: takes {size_text(claimed)} at the spacing {_listed(self.spacing)}; "
                f"its own is {_listed(turned.spacing)}; ask for a larger `spacing`"
            )
        return size

    def _slices_of(self, turned: Image) -> int | None:
        if self.slices is None or turned.dims < 3:  # an image may be one slice
            return None
        if self.slices >= turned.dims:
            axes = counted(turned.dims, "axis", "axes")
            raise UnetgenError(f"{_name(turned)}: has no axis {self.slices} of `slices`: it has {axes}")
        return self.slices


NEWER = "this unetgen reads version 1; install the one that wrote it"


def _problems(error: ValidationError) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        wrong = item.get("ctx", {}).get("error")
        if isinstance(wrong, Wrong):
            yield from wrong.under(*item["loc"]).problems
        else:
            yield Problem(item["msg"], item["loc"])


def _name(image: Image) -> str:
    return "the image" if image.file is None else str(image.file)


def _listed(numbers: Sequence[float]) -> str:
    return " x ".join(f"{number:.4g}" for number in numbers)
