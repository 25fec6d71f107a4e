"""What a part puts around a convolution of its own: the config's norm and activation, or others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic_core import CoreSchema, SchemaValidator, core_schema

from unetgen.errors import Path, Wrong
from unetgen.parts.activation import ActivationChoice, ActivationField
from unetgen.parts.convolution import before_and_after, surround
from unetgen.parts.norms import AnyNorm, NormField
from unetgen.parts.options import KerasChoice
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution, Element
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


class FlagOrKind:
    """Pydantic annotation of ``bool | kind``: an error's place has no tags of the two."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kind = handler.generate_schema(get_args(source)[1])
        flag, one = core_schema.bool_schema(strict=True), SchemaValidator(kind)

        def read(value: object, inner: object) -> object:
            if isinstance(value, bool):
                return value
            if not isinstance(value, str | Mapping | Part | KerasChoice):
                wanted = "must be true, false, the name of a kind, or a mapping with `kind`"
                raise Wrong.of(wanted, got=value)
            return one.validate_python(value)

        return core_schema.no_info_wrap_validator_function(read, core_schema.union_schema([flag, kind]))


OwnNorm = Annotated[bool | NormField, FlagOrKind()]
"""true for the config's `norm`, false for none, or a norm."""
OwnActivation = Annotated[bool | ActivationField, FlagOrKind()]
"""true for the config's `activation`, false for none, or an activation."""


def own(
    conv: Convolution, path: Path, norm: bool | AnyNorm, activation: bool | ActivationChoice
) -> tuple[tuple[Element, ...], Convolution]:
    """What is wanted of norm and activation, in the config's order, and `conv` with those that are said.

    `path` is the place of the part in a config. Raises `Wrong` where the order leaves out what is said.
    """
    said: dict[Element, object] = {"norm": norm, "activation": activation}
    for element, value in said.items():
        if not isinstance(value, bool) and element not in conv.order:
            given = getattr(value, "kind", getattr(value, "name", value))
            hint = f"add `{element}` to it"
            raise Wrong.of(f"needs `{element}` in the config's `order`", given, hint, (*path, element))
    if not isinstance(norm, bool):
        conv = replace(conv, norm=norm)
    if not isinstance(activation, bool):
        conv = replace(conv, activation=activation)
    return tuple(element for element in conv.order if said.get(element, False) is not False), conv


def finish(
    b: Builder,
    x: Node,
    conv: Convolution,
    path: Path,
    *,
    norm: bool | AnyNorm,
    activation: bool | ActivationChoice,
) -> Node:
    """`x` with norm and activation behind it, where wanted, in the config's order."""
    elements, conv = own(conv, path, norm, activation)
    with own_problems(path, norm, activation):
        return surround(b, x, elements, conv)


@contextmanager
def own_problems(path: Path, norm: object, activation: object) -> Iterator[None]:
    """Put the problems of a norm and an activation that a part has of its own under its `path`."""
    said = {"norm": norm, "activation": activation}
    try:
        yield
    except Wrong as wrong:
        raise Wrong(
            problem
            if isinstance(said.get(str(problem.path[0]), True), bool)
            else replace(problem, path=(*path, *problem.path))
            for problem in wrong.problems
        ) from None


def sides(conv: Convolution, elements: Sequence[Element]) -> tuple[tuple[Element, ...], tuple[Element, ...]]:
    """Those of `elements` that the config's order has before a convolution, and those after it."""
    before, after = before_and_after(conv.order)
    return (
        tuple(each for each in before if each in elements),
        tuple(each for each in after if each in elements),
    )
