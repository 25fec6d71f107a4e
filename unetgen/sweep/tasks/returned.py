"""What a user's task returned, as the flat values of one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from unetgen.sweep.tasks.errors import TaskError
from unetgen.sweep.values import Value, fault_in

VALUE = "value"
"""The name that a single number gets."""
ALLOWED = "numbers, texts, booleans, None, lists of these, and dicts of them with text keys"


def values_of(returned: object) -> dict[str, Value]:
    """A single number as ``{"value": number}``; a dict with what is nested under dotted keys.

    Scalars of NumPy and Keras become plain numbers, tuples lists; a History of Keras's counts as its last
    epoch. NaN and infinities stay. Raises `TaskError` naming the key that holds anything else.

    >>> values_of({"val": {"dice": 0.5}, "epochs": (1, 2)})
    {'val.dice': 0.5, 'epochs': [1, 2]}
    """
    returned = _last_epoch(returned)
    if not isinstance(returned, Mapping):
        number = _plain(returned)
        if not isinstance(number, int | float):
            message = f"the task returned {_type(returned)}; it must return a number, or a dict of {ALLOWED}"
            raise TaskError(message)
        return {VALUE: _checked(number, VALUE)}
    values: dict[str, Value] = {}
    for key, value in _flat(returned, ""):
        if key in values:
            raise TaskError(f"the task returned {key!r} twice: once nested, once with a dot in its key")
        values[key] = value
    return values


def _flat(nested: Mapping[object, object], prefix: str) -> Iterator[tuple[str, Value]]:
    for key, value in nested.items():
        if not isinstance(key, str):
            inside = f" in {prefix[:-1]!r}" if prefix else ""
            raise TaskError(f"the task returned a dict with the key {key!r}{inside}; keys must be texts")
        value = _last_epoch(value)
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _checked(_value(value, f"{prefix}{key}"), f"{prefix}{key}")


def _checked(value: Value, key: str) -> Value:
    """`value`, if a table can hold it."""
    if fault := fault_in(value):
        place = ".".join(map(str, (key, *fault[0])))
        raise TaskError(f"the task returned {place!r}, which {fault[1]}")
    return value


def _value(value: object, key: str) -> Value:
    if isinstance(value, list | tuple):
        return [_value(item, f"{key}.{index}") for index, item in enumerate(value)]
    plain = _plain(value)
    if plain is not None or value is None:
        return plain
    hint = "; .tolist() makes it a list" if hasattr(value, "tolist") else ""
    raise TaskError(f"the task returned {_type(value)} as {key!r}; allowed are {ALLOWED}{hint}")


_KINDS: Mapping[type, Callable[[Any], int | float | str]] = {
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
}
"""What makes instances of subclasses, such as numpy.float64 and enums, instances of the class itself."""


def _plain(value: object) -> bool | int | float | str | None:
    """The plain Python value of a scalar; None for anything that is not a scalar."""
    if isinstance(value, bool):
        return value
    for kind, plain in _KINDS.items():
        if isinstance(value, kind):
            return plain(value)
    shape = getattr(value, "shape", None)
    if shape is None or tuple(shape) != ():
        return None
    if not hasattr(value, "item"):  # TensorFlow's tensors and Keras's variables
        value = value.numpy() if hasattr(value, "numpy") else None
    item = value.item() if hasattr(value, "item") else value
    return item if isinstance(item, bool | int | float | str) else None


def _last_epoch(value: object) -> object:
    """The last epoch's logs, if `value` is what `fit` returned."""
    history = getattr(value, "history", None)
    if type(value).__name__ != "History" or not isinstance(history, dict):
        return value
    return {name: epochs[-1] for name, epochs in history.items() if epochs}


def _type(value: object) -> str:
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    shape = getattr(value, "shape", None)
    return "None" if value is None else f"a {name}" + (f" of shape {tuple(shape)}" if shape else "")
