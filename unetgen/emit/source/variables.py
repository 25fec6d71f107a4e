"""What the values of a body are called: `x` where the next line uses it up, else after what made them."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence

from unetgen.emit.source.functions import SourceLine
from unetgen.plan.place import Place

RUNNING = ("x", "y", "z")
"""Names of values that are used once, in the next line."""


def variables(
    lines: Sequence[SourceLine],
    given: Mapping[str, str],
    results: Sequence[str],
    reserved: Iterable[str] = (),
    stem: Callable[[SourceLine], str] = lambda line: line.label or "main",
) -> dict[str, str]:
    """A variable for each value of a body, by the node that makes it.

    `given` are those of the inputs, `results` the values that the body ends with; `reserved` are names that
    mean something else there. A value that lives longer than to the next line is called as `stem` says.
    """
    last = dict.fromkeys(given, -1)
    for index, line in enumerate(lines):
        last |= dict.fromkeys(line.inputs, index)
        last.setdefault(line.output, index)
    last |= {name: len(lines) for name in results}
    names = dict(given)
    taken = {*reserved, *keyword.kwlist, *dir(builtins)}
    held = {variable: last[name] for name, variable in given.items()}
    for index, line in enumerate(lines):
        end = last[line.output]
        free = [each for each in RUNNING if held.get(each, -1) <= index and each not in taken]
        if end == index + 1 and free and line.output not in results:
            name = free[0]
        else:
            name = _unused(stem(line), {*taken, *held})
        names[line.output] = name
        held[name] = end
    return names


def _unused(stem: str, taken: set[str]) -> str:
    name, count = stem, 2
    while name in taken:
        name, count = f"{stem}_{count}", count + 1
    return name


def of_network(place: Place) -> str:
    """What a value is called in the body that builds the network: ``encoder0``, ``up2``, ``nested1_3``.

    >>> of_network(Place("encoder", 0)), of_network(Place("decoder", 2, part="up"))
    ('encoder0', 'up2')
    """
    numbers = "_".join(str(number) for number in (place.level, place.column) if number is not None)
    inside = [] if place.part is None else [piece.name for piece in place.pieces[-1:]]
    whole = "output" if place.side == "head" else place.side or "image"
    what = inside[0] if inside and place.part == "skip" else place.part or whole
    task = f"{place.task}_" if place.task else ""
    return f"{task}{what}{numbers}"


def input_names(inputs: Sequence[str], sides: Sequence[str | None]) -> dict[str, str]:
    """What a function calls its inputs, `sides` being those of the nodes that make them: `x`, and `skip`."""
    if len(inputs) == 1:
        return {inputs[0]: "x"}
    names: list[str] = []
    main = next((index for index in reversed(range(len(inputs))) if sides[index] != "encoder"), 0)
    for index in range(len(inputs)):
        base = "x" if index == main else "skip" if sides[index] in ("encoder", "nested") else "y"
        same = sum(name.rstrip("0123456789") == base for name in names)
        names.append(base if not same else f"{base}{same + 1}")
    return dict(zip(inputs, names, strict=True))
