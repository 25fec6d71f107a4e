"""The values of a target: which of them belong to no class, how often, and what makes them right."""

from __future__ import annotations

from typing import Any

import numpy as np

from unetgen.errors import Problem
from unetgen.targets.expected import Expected
from unetgen.targets.found import Array, Found

TOLERANCE = 1e-2
"""By how much the sum of the classes' shares may differ from 1: they may come from 16 bits."""


def value_problem(expected: Expected, array: Array) -> Problem | None:
    """What is wrong with the values of `array`, whose shape is right."""
    if array.dtype.name.startswith(("bfloat", "float8")):  # NumPy knows them by name only
        array = array.astype("float32")
    if array.dtype.kind not in "biuf":
        return Problem("must be numbers", got=str(array.dtype))
    not_finite = sum(int(np.count_nonzero(~np.isfinite(sample))) for sample in array)
    if not_finite:
        message = f"must be finite (found NaN or infinity at {not_finite:,} of {array.size:,} positions)"
        return Problem(message, hint="are values missing, or divided by zero, where they are made?")
    if expected.form == "indices":
        return label_problem(expected, array)
    return _share_problem(expected, array) or _sum_problem(expected, array)


def label_problem(expected: Expected, array: Array) -> Problem | None:
    """Numbers that no class has, in an array of class numbers of whatever shape."""
    classes, ignore = expected.classes, expected.ignore

    def is_wrong(values: Array) -> Any:
        wrong = (values < 0) | (values >= classes) | (values != np.floor(values))
        return wrong if ignore is None else wrong & (values != ignore)

    found = Found.of(array, is_wrong)
    if found is None:
        return None
    ignored = "" if ignore is None else f", or {ignore}, which is ignored"
    message = f"class numbers must be 0 to {classes - 1}{ignored} ({found})"
    return Problem(message, hint=_relabelling(expected, found))


def _share_problem(expected: Expected, array: Array) -> Problem | None:
    """Values that cannot be the share that a class has of a position."""
    if expected.values == "real":
        return None
    hard = expected.values == "hard"

    def is_wrong(values: Array) -> Any:
        return (values != 0) & (values != 1) if hard else (values < 0) | (values > 1)

    found = Found.of(array, is_wrong, lambda sample: _counted(expected, sample))
    if found is None:
        return None
    message = f"values must be {'0 or 1' if hard else '0 to 1'} for {expected.values_for} ({found})"
    return Problem(message, hint=_scaling(expected, found))


def _sum_problem(expected: Expected, array: Array) -> Problem | None:
    """Classes that overlap, or positions without one, where the classes exclude each other."""
    if expected.exclusive_for is None:
        return None

    def sums(sample: Array) -> Any:
        return _counted(expected, sample).sum(-1, dtype="float64").round(3)

    found = Found.of(array, lambda sums: abs(sums - 1) > TOLERANCE, sums)
    if found is None:
        return None
    message = f"the classes of a position must have the sum 1 for {expected.exclusive_for} ({found})"
    if found.lowest >= 1:
        hint = "classes that overlap need a sigmoid head, and losses and metrics of each class on its own"
        return Problem(message, hint=hint)
    hint = "a position without a class needs one, such as a background"
    if expected.ignore is None and set(found.bad) == {0}:
        marked = f"np.where(y.any({expected.axis}, keepdims=True), y, 255)"
        hint += f"; or `{marked}` with `{expected.ignoring}=255` ignores it"
    return Problem(message, hint=hint)


def _counted(expected: Expected, sample: Array) -> Array:
    """The positions of a one-hot sample that are not ignored, with the classes last.

    Those that are hold the number in every channel; a class that is ignored is a class like others.
    """
    has_channels = sample.ndim > len(expected.sizes[0])
    last = np.moveaxis(sample, 0 if expected.axis == 1 else -1, -1) if has_channels else sample[..., None]
    if expected.ignore is None or (expected.classes > 1 and 0 <= expected.ignore < expected.classes):
        return last
    return np.asarray(last[(last != expected.ignore).any(-1)])


def _relabelling(expected: Expected, found: Found) -> str:
    """What makes class numbers of these values."""
    classes, values = expected.classes, sorted(found.counts)
    if not values or any(value != int(value) for value in values):
        return "class numbers are whole"
    if len(values) <= 2 and values[0] in (0, values[-1]) and classes == 2:
        return f"`y // {values[-1]:g}` makes {values[-1]:g} class 1"
    if values[0] == 1 and values[-1] == classes:
        return "classes count from 0: `y - 1`"
    wrong = [value for value in values if not 0 <= value < classes]
    if len(values) == classes and len(wrong) > 1:
        return "`np.searchsorted(np.unique(y), y)` numbers the values in their order"
    hints = []
    if len(wrong) == 1 and expected.ignore is None:
        hints.append(f"`{expected.ignoring}={wrong[0]:g}` ignores that label")
    if values[0] >= 0 and values[-1] < 2 * classes:
        hints.append(f"`{expected.counting}={values[-1] + 1:g}` has a class for it")
    return ", ".join(hints) or "give each position the number of a class"


def _scaling(expected: Expected, found: Found) -> str | None:
    """What makes shares of these values."""
    highest, wrong = found.highest, sorted(found.bad)
    marks = len(wrong) == 1 and wrong[0] == int(wrong[0]) and 1 in found.counts
    if marks and expected.classes == 1 and expected.ignore is None:
        return f"`{expected.ignoring}={wrong[0]:g}` ignores that value"
    if found.lowest < 0:
        return None
    if highest <= 1:
        return "`np.round(y)` decides each position"
    if set(found.counts) in ({0, highest}, {highest}):
        return f"`y / {highest:g}` makes them 0 and 1"
    return "`y / 255` makes shares of grey values" if highest <= 255 and expected.values == "soft" else None
