"""Steps and calls as code: what `step` describes, with names in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unetgen.emit.source.layout import Bracketed, Code, Sum, called, joined, listed
from unetgen.emit.source.literals import literal, quoted
from unetgen.emit.source.step import Argument, Constant, Made, Name, SourceStep, Value
from unetgen.plan.call import Call


def made(made: Made, further: Iterable[Code] = (), before: Iterable[Code] = ()) -> Code:
    """``name(before, arguments, further)``."""
    return called(made.name, *before, *arguments(made.arguments), *further)


def arguments(given: Iterable[Argument], name: str = "") -> list[Code]:
    """The arguments that are not at their defaults; positional ones first, and `name`, a text, last."""
    stated = [each for each in given if each.value != each.default or isinstance(each.value, Name)]
    first = [value(each.value) for each in stated if each.is_positional]
    rest = [_keyword(each) for each in stated if not each.is_positional]
    return [*first, *rest, *([f"name={name}"] if name else [])]


def _keyword(given: Argument) -> Code:
    return joined(f"{given.name}=", value(given.value)) if given.name else value(given.value)


def value(given: Value) -> Code:
    """A value as code; calls of Keras's objects as such, or as their names where they take no arguments."""
    if isinstance(given, Name | Constant):
        return given.text
    if isinstance(given, Call):
        return _object(given)
    return literal(given)


def _object(call: Call) -> Code:
    if call.name == "{}":
        return f"{{{', '.join(f'{quoted(key)}: {literal(each)}' for key, each in call.arguments.items())}}}"
    name = call.name.removeprefix("unetgen.layers.")
    if name.startswith("keras.initializers.") and not call.arguments:
        return quoted(_snake(name.removeprefix("keras.initializers.")))
    keywords = [joined(f"{key}=", value(each)) for key, each in call.arguments.items()]
    return called(name, *keywords)


def _snake(name: str) -> str:
    """Keras's short name of an initializer."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def applied(step: SourceStep, inputs: Sequence[Code], layer: Code | None) -> Code:
    """What `step` computes of `inputs`, which are variables; `layer` is what it makes, or a name for it."""
    if step.takes in ("+", "*"):
        return Sum(tuple(inputs), step.takes)
    given: list[Code] = [listed(inputs)] if step.takes == "list" else list(inputs)
    if step.function is not None:
        given = [_function(step.function, given)]
    code = given[0] if layer is None else joined(layer, Bracketed(tuple(given)))
    return joined(code, step.suffix) if step.suffix else code


def _function(function: Made, given: list[Code]) -> Code:
    if function.name.startswith("."):
        return called(joined(given[0], function.name), *arguments(function.arguments))
    return made(function, before=given)
