"""The section `data` of a run file: which files there are, and how they are read, split and sampled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from unetgen.data.augmentation import AugmentField
from unetgen.data.augmentation.none import NoAugmentation
from unetgen.data.normalization import NormalizeField
from unetgen.data.normalization.zscore import ZScore
from unetgen.data.patches import PatchConfig
from unetgen.data.splitting import RandomSplit, SplitField
from unetgen.errors import Problem, Wrong
from unetgen.parts.part import Part
from unetgen.parts.values import each, nonempty, number, whole

LARGEST_LABEL = 2**31 - 1
MOST_AXES = 3
_CODES = ({"R", "L"}, {"A", "P"}, {"S", "I"})


def _places(value: object) -> object:
    """One place or a list of them."""

    def place(item: object) -> str:
        if not isinstance(item, str) or not item.strip():
            raise Wrong.of("must be a folder, a file or a glob pattern", got=item)
        if "\0" in item:
            raise Wrong.of("names no file: it holds a null character", got=item)
        return item

    return each(nonempty(value), place) if isinstance(value, list | tuple) else (place(value),)


def _places_or_none(value: object) -> object:
    return None if value is None else _places(value)


def _labels(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value:
        raise Wrong.of("must be a mapping from values to names of classes", got=value)
    problems: list[Problem] = []
    labels: dict[int, str] = {}
    for key, name in value.items():
        try:
            label = _label(key)
        except Wrong as wrong:
            problems += wrong.problems
            continue
        if label in labels:
            problems.append(Problem("is given twice", (str(key),)))
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            problems.append(Problem("must be the name of a class", (key,), got=name, hint="quote a number"))
            continue
        labels[label] = name
    if problems:
        raise Wrong(problems)
    return labels


def _label(key: object) -> int:
    """A value in masks: a whole number, or its digits, which are what JSON and a command line have."""
    if isinstance(key, str) and key.isascii() and key.removeprefix("-").isdigit() and len(key) < 12:
        key = int(key)
    is_whole = isinstance(key, int) and not isinstance(key, bool)
    if not is_whole or not -LARGEST_LABEL <= int(str(key)) <= LARGEST_LABEL:
        raise Wrong.of("must be a value in masks, a whole number", got=key)
    return int(str(key))


def _channels(value: object) -> object:
    if value is None:
        return None
    chosen = each(nonempty(value), lambda item: whole(item, 0, 10_000))
    twice = [channel for channel in dict.fromkeys(chosen) if chosen.count(channel) > 1]
    if twice:
        raise Wrong.of("names a channel twice", got=list(chosen))
    return chosen


def _spacing(value: object) -> object:
    if value is None:
        return None
    items = nonempty(value)
    if len(items) > MOST_AXES:
        raise Wrong.of(f"must have at most {MOST_AXES} numbers, one an axis", got=list(items))
    return each(items, lambda item: float(number(item, 1e-6, 1e6, "a positive number")))


def _orientation(value: object) -> object:
    hint = "such as RAS: one of R L, one of A P, one of S I, in any order"
    if value == "keep":
        return value
    if not isinstance(value, str) or not 2 <= len(value) <= MOST_AXES:
        raise Wrong.of("must be `keep` or a code of the axes", got=value, hint=hint)
    axes = [next((i for i, pair in enumerate(_CODES) if letter in pair), None) for letter in value]
    if None in axes or len(set(axes)) < len(axes):
        raise Wrong.of("must be `keep` or a code of the axes", got=value, hint=hint)
    return value


def _ignored(value: object) -> object:
    return None if value is None else whole(value, -LARGEST_LABEL, LARGEST_LABEL)


def _axis(value: object) -> object:
    return None if value is None else whole(value, 0, MOST_AXES - 1)


def _schema(*shapes: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": list(shapes)})


def _list_of(items: dict[str, Any], **bounds: object) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, **bounds}


_NULL = {"type": "null"}
_TEXT = {"type": "string", "minLength": 1}
_NAMES_OF_VALUES = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^-?[0-9]+$"},
    "additionalProperties": _TEXT,
}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}

Places = Annotated[tuple[str, ...], BeforeValidator(_places), _schema(_TEXT, _list_of(_TEXT))]
"""A folder, a file, a glob pattern, or a list of them."""
PlacesOrNone = Annotated[
    tuple[str, ...] | None, BeforeValidator(_places_or_none), _schema(_TEXT, _list_of(_TEXT), _NULL)
]
Labels = Annotated[Mapping[int, str] | None, BeforeValidator(_labels), _schema(_NAMES_OF_VALUES, _NULL)]
"""The names of classes by the values in masks | null."""
Channels = Annotated[
    tuple[int, ...] | None,
    BeforeValidator(_channels),
    _schema(_list_of({"type": "integer", "minimum": 0}, uniqueItems=True), _NULL),
]
Axis = Annotated[
    int | None,
    BeforeValidator(_axis),
    _schema({"type": "integer", "minimum": 0, "maximum": MOST_AXES - 1}, _NULL),
]
Orientation = Annotated[
    str,
    BeforeValidator(_orientation),
    _schema({"const": "keep"}, {"type": "string", "pattern": f"^[RLAPSI]{{2,{MOST_AXES}}}$"}),
]
Spacing = Annotated[
    tuple[float, ...] | None,
    BeforeValidator(_spacing),
    _schema(_list_of(_POSITIVE, maxItems=MOST_AXES), _NULL),
]


class DataConfig(Part):
    """Which images there are, and how they become what a network takes."""

    images: Places = ("images",)
    """The images: a folder, a file, a glob pattern or a list of them, relative to the run file."""
    masks: PlacesOrNone = ("masks",)
    """The masks, as `images`; null where there is nothing to learn from."""
    labels: Labels = None
    """Names the class of each value in the masks. Classes are numbered in this order, and values of one name
    are one class. Null: 0, 1 and so on are the classes themselves."""
    ignore: Annotated[int | None, BeforeValidator(_ignored)] = None
    """The value of positions in masks that belong to no class and are not learned from."""
    channels: Channels = None
    """Chooses channels of the files, from 0, such as [0, 1, 2] of RGBA; null: all."""
    slices: Axis = None
    """The axis of volumes, from 0, along which a 2D network takes slices. Where one volume is all there is,
    each of its slices is a case."""
    orientation: Orientation = "keep"
    """Flips and permutes volumes to axes such as RAS first; keep: as the file has them."""
    spacing: Spacing = None
    """The distance of neighbours on each axis to which images are resampled; null: as the file has it."""
    normalize: NormalizeField = ZScore()
    """Chooses how intensities are normalized."""
    split: SplitField = RandomSplit()
    """Chooses which cases are validated on."""
    patch: PatchConfig = PatchConfig()
    """Chooses what of an image is learned from at a time."""
    augment: AugmentField = NoAugmentation()
    """Chooses how images are changed at random while learning."""

    @model_validator(mode="after")
    def _is_consistent(self) -> DataConfig:
        if self.labels is not None and self.ignore in self.labels:
            hint = "leave it out of `labels`: it belongs to no class"
            raise Wrong.of("is the value of a class too", got=self.ignore, hint=hint, path=("ignore",))
        return self


def data_config(mapping: Mapping[str, object]) -> DataConfig:
    """The checked section of plain data; raises pydantic's `ValidationError`."""
    return DataConfig.model_validate(mapping)
