"""Answers: what is known of a network before there is one, and the defaults for what is not."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.errors import UnetgenError, shown
from unetgen.spelling import nearest, one_of
from unetgen.starting.purposes import PURPOSES, USUAL, Purpose

ANY = "any"
LEAST = 8
"""Positions along an axis that can be halved, as nnU-Net has it: 4 are left."""
MOST = 2**20
"""Channels and classes; the language takes no more."""
LONGEST = 2**24
"""Positions along an axis; the language takes no more."""
DIMS = (1, 2, 3)
Size = tuple[int | None, ...]
"""Positions along each axis, None for an axis of any size."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All that the first config follows from."""

    purpose: Purpose
    size: Size
    channels: int
    classes: int | None
    """With the background; None where the purpose has values in place of classes."""
    assumed: frozenset[str]
    """The options that nobody gave, by their fields' names in `Given`."""

    @property
    def dims(self) -> int:
        """The number of spatial axes."""
        return len(self.size)

    @property
    def options(self) -> dict[str, str]:
        """The options of `unetgen init` that give the same answers, by their fields' names in `Given`."""
        said = {
            "purpose": f"--for {self.purpose.name}",
            "dims": f"--dims {self.dims}",
            "size": f"--size {size_text(self.size)}",
            "channels": f"--channels {self.channels}",
        }
        return said if self.classes is None else {**said, "classes": f"--classes {self.classes}"}


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody has said so far; None where nobody has."""

    purpose: Purpose | None = None
    dims: int | None = None
    size: Size | None = None
    """One number stands for every axis."""
    channels: int | None = None
    classes: int | None = None

    def answers(self) -> Answers:
        """What was said, and the defaults; raises `UnetgenError` where two things do not go together."""
        purpose = self.purpose or USUAL
        if self.classes is not None and not purpose.has_classes:
            message = f"--classes: {purpose.name} puts out values, as many as it takes in, and not classes"
            raise UnetgenError(f"{message}; leave it out")
        names = ("purpose", "dims", "size", "channels", *(("classes",) if purpose.has_classes else ()))
        given = {name for name in names if getattr(self, name) is not None}
        if self.size is not None and len(self.size) > 1:
            given.add("dims")
        return Answers(
            purpose,
            self._size(),
            self.channels or purpose.channels,
            (self.classes or 2) if purpose.has_classes else None,
            frozenset(names) - given,
        )

    def _size(self) -> Size:
        size = self.size or (None,)
        dims = self.dims or (len(size) if len(size) > 1 else (self.purpose or USUAL).dims)
        if len(size) not in (1, dims):
            axes = "1 axis" if dims == 1 else f"{dims} axes"
            raise UnetgenError(f"--size: has {len(size)} numbers for {axes} (got {_listed(size)})")
        size = size if len(size) == dims else size * dims
        if all(length is not None and length < LEAST for length in size):
            raise UnetgenError(
                f"--size: at least one axis must be {LEAST} or longer, to be halved once "
                f"(got {_listed(size)})"
            )
        return size


def size_text(size: Size) -> str:
    """A size as the option takes it.

    >>> size_text((256, None)), size_text((None, None)), size_text((64, 32, 64))
    ('256,any', 'any', '64,32,64')
    """
    return _listed(size[:1] if len(set(size)) == 1 else size)


def _listed(size: Size) -> str:
    return ",".join(ANY if length is None else str(length) for length in size)


def purpose_of(text: str) -> Purpose:
    """The purpose of that name; raises `UnetgenError` with the nearest one."""
    if text in PURPOSES:
        return PURPOSES[text]
    begun = [name for name in PURPOSES if text and name.startswith(text.casefold())]
    near = begun[0] if len(begun) == 1 else nearest(text, PURPOSES)
    hint = f"; did you mean `{near}`?" if near else ""
    raise UnetgenError(f"must be {one_of(list(PURPOSES))} (got {shown(text)}){hint}")


def dims_of(text: str) -> int:
    """A number of axes; raises `UnetgenError` for any other text."""
    number = text.removesuffix("D").removesuffix("d")
    if number not in map(str, DIMS):
        raise UnetgenError(f"must be {one_of(DIMS)} (got {shown(text)})")
    return int(number)


def size_of(text: str) -> Size:
    """A length for each axis, or one for all; raises `UnetgenError` for any other text.

    >>> size_of("256"), size_of("512x512"), size_of("160, 160, any")
    ((256,), (512, 512), (160, 160, None))
    """
    lengths = text.casefold().replace("×", "x").replace("x", ",").split(",")
    try:
        size = tuple(None if each.strip() == ANY else _whole(each.strip(), LONGEST) for each in lengths)
    except UnetgenError as error:
        hint = "write a number for each axis, such as 256,192, or one for all, or `any`"
        raise UnetgenError(f"{error}; {hint}") from None
    if len(size) > len(DIMS):
        raise UnetgenError(f"must be of at most {len(DIMS)} axes (got {shown(text)}); leave out the channels")
    return size


def count_of(text: str) -> int:
    """A number of channels or classes; raises `UnetgenError` for any other text."""
    return _whole(text, MOST)


def _whole(text: str, most: int) -> int:
    digits = text.lstrip("0") if text.isascii() and text.isdigit() else ""
    if not digits or len(digits) > len(str(most)) or int(digits) > most:
        limit = f" of at most {most:,}" if digits else ""
        raise UnetgenError(f"must be a positive whole number{limit} (got {shown(text)})")
    return int(digits)
