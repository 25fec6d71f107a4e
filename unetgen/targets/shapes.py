"""The shape of a target, and what makes the expected one of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unetgen.errors import Problem
from unetgen.targets.expected import Expected, Shape, with_channels
from unetgen.targets.found import Array


def shape_problem(expected: Expected, output: int, array: Array) -> Problem | None:
    """What is wrong with the shape of `array`, a target of this output with its batch axis."""
    wanted = expected.sample_shapes(output)
    if array.ndim and any(_is(array.shape[1:], shape) for shape in wanted):
        return None
    form = "one-hot" if expected.form == "one_hot" else "class numbers"
    shapes = " or ".join(_written(("batch", *shape)) for shape in wanted)
    hints = (advice(expected, expected.sizes[output], array.shape) for advice in _ADVICE)
    hint = next((hint for hint in hints if hint), None)
    return Problem(f"must have the shape {shapes}, {form} (got {_written(array.shape)})", hint=hint)


def _is(given: Shape, wanted: Shape) -> bool:
    """Whether `given` has the sizes of `wanted`, where those are not free."""
    return len(given) == len(wanted) and all(
        size in (each, None) for each, size in zip(given, wanted, strict=True)
    )


def _written(shape: Sequence[object]) -> str:
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({sizes}{',' if len(shape) == 1 else ''})"


def _batch_axis(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    shapes = [with_channels(spatial, expected.classes, expected.axis), spatial]
    return "`y[None]` adds the batch axis" if any(_is(given, shape) for shape in shapes) else None


def _other_axis(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    channels = 1 if expected.form == "indices" else expected.classes
    if not _is(given[1:], with_channels(spatial, channels, -expected.axis)):
        return None
    source, target = (-1, 1) if expected.axis == 1 else (1, -1)
    return f"the config is {expected.data_format}: `np.moveaxis(y, {source}, {target})`"


def _class_numbers(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    forms = {(*spatial, 1): "y[..., 0]", (1, *spatial): "y[:, 0]", spatial: "y"}
    numbers = next((numbers for form, numbers in forms.items() if _is(given[1:], form)), None)
    if expected.form == "indices" or numbers is None:
        return None
    one_hot = f"np.eye({expected.classes}, dtype='float32')[{numbers}]"
    moved = f"np.moveaxis({one_hot}, -1, 1)" if expected.axis == 1 else one_hot
    return f"where these are class numbers, `{moved}` makes them one-hot"


def _one_hot(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    if expected.form == "one_hot":
        return None
    axis = next(
        (axis for axis in (1, -1) if _is(given[1:], with_channels(spatial, expected.classes, axis))), None
    )
    return None if axis is None else f"where these are one-hot, `y.argmax({axis})` makes class numbers"


def _other_classes(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    if expected.form == "indices" or len(given) != len(spatial) + 2:
        return None
    classes = given[expected.axis]
    if classes is None or not _is(given[1:], with_channels(spatial, classes, expected.axis)):
        return None
    return f"`{expected.counting}={classes}` has that many classes"


def _other_sizes(expected: Expected, spatial: Shape, given: Shape) -> str | None:
    inner = next(
        (
            inner
            for inner in (given[1:], given[1:-1], given[2:])
            if len(inner) == len(spatial)
            and all((a or 0) >= (b or 0) for a, b in zip(inner, spatial, strict=True))
        ),
        None,
    )
    if inner is None:
        return f"the output has the size {_written(spatial)}"
    return (
        f"the output has the size {_written(spatial)}; `unetgen.model.batches.targets` takes the centre of "
        f"labels that have the input's size"
    )


_ADVICE: Sequence[Callable[[Expected, Shape, Shape], str | None]] = (
    _other_axis,
    _class_numbers,
    _one_hot,
    _batch_axis,
    _other_classes,
    _other_sizes,
)
"""Tried in turn: the first that knows the case."""
