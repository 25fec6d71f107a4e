"""The losses that a config can name. A new one: a class in its family's file, and a line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typing_extensions import TypeAliasType

from unetgen.errors import Problem, Wrong
from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.training.base import Loss
from unetgen.parts.training.context import OutputContext
from unetgen.plan.call import Call

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from unetgen.parts.training.crossentropy import (
        BinaryCrossentropyLoss,
        CategoricalCrossentropyLoss,
        SparseCategoricalCrossentropyLoss,
    )
    from unetgen.parts.training.focal import BinaryFocalCrossentropyLoss, CategoricalFocalCrossentropyLoss
    from unetgen.parts.training.overlap import Dice, FocalTversky, GeneralizedDice, Tversky
    from unetgen.parts.training.regression import Huber, MeanAbsoluteError, MeanSquaredError

    LossKind: TypeAlias = (
        CategoricalCrossentropyLoss
        | BinaryCrossentropyLoss
        | SparseCategoricalCrossentropyLoss
        | CategoricalFocalCrossentropyLoss
        | BinaryFocalCrossentropyLoss
        | Dice
        | GeneralizedDice
        | Tversky
        | FocalTversky
        | MeanSquaredError
        | MeanAbsoluteError
        | Huber
    )
else:
    LossKind = Loss  # each kind is imported when a config names it

_HOMES: Homes[Loss] = Homes(
    "unetgen.parts.training",
    {
        "categorical_crossentropy": "crossentropy.CategoricalCrossentropyLoss",
        "binary_crossentropy": "crossentropy.BinaryCrossentropyLoss",
        "sparse_categorical_crossentropy": "crossentropy.SparseCategoricalCrossentropyLoss",
        "categorical_focal_crossentropy": "focal.CategoricalFocalCrossentropyLoss",
        "binary_focal_crossentropy": "focal.BinaryFocalCrossentropyLoss",
        "dice": "overlap.Dice",
        "generalized_dice": "overlap.GeneralizedDice",
        "tversky": "overlap.Tversky",
        "focal_tversky": "overlap.FocalTversky",
        "mean_squared_error": "regression.MeanSquaredError",
        "mean_absolute_error": "regression.MeanAbsoluteError",
        "huber": "regression.Huber",
    },
)
_BY_KIND: Kinds[LossKind] = Kinds("loss", _HOMES, noun="loss")
LOSSES: Mapping[str, type[Loss]] = _BY_KIND.models

LossField = TypeAliasType("LossField", Annotated[LossKind, _BY_KIND])
"""One loss: a bare name or a mapping with `kind`."""


@cache
def _several() -> TypeAdapter[tuple[LossKind, ...]]:
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[LossField, ...])


def parse_losses(value: object) -> LossKind | tuple[LossKind, ...] | None:
    """Null, one loss, or a list of them; a list of one is that one."""
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        return _BY_KIND.parse(value)
    if not value:
        raise Wrong([Problem("must name at least one loss", got=[], hint="null: what suits the head")])
    several = _several().validate_python(value)
    return several if len(several) > 1 else several[0]


def default_loss(context: OutputContext) -> LossKind:
    """What suits the head: cross-entropy, binary for overlapping classes or a single one."""
    from unetgen.parts.training.crossentropy import BinaryCrossentropyLoss, CategoricalCrossentropyLoss

    if context.num_classes == 1 or context.activation == "sigmoid":
        return BinaryCrossentropyLoss()
    return CategoricalCrossentropyLoss()


def loss_call(losses: Iterable[LossKind], context: OutputContext) -> Call:
    """One loss as it is, several or a weighted one as their weighted sum."""
    terms = tuple(losses)
    calls = [term.call(context) for term in terms]
    weights = [term.weight for term in terms]
    if weights == [1.0]:
        return calls[0]
    return Call("unetgen.layers.WeightedSum", {"losses": calls, "weights": weights})
