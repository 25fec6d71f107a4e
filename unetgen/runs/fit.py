"""The section `fit` of a run file: how long, in which steps and by what measure a model is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from unetgen.errors import Wrong
from unetgen.parts.part import Part
from unetgen.parts.values import each, nonempty
from unetgen.runs.class_weights import ClassWeightsField
from unetgen.runs.frozen import SIDES
from unetgen.runs.schedules import ConstantRate, ScheduleField

MOST = 10**6
"""No run has more epochs, or steps an epoch."""
LONGEST_PATTERN = 200


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_PATTERN:
        raise Wrong.of("must be the name of a layer, or a pattern such as `encoder_level0_*`", got=value)
    return value


def _frozen(value: object) -> object:
    if value is None or (isinstance(value, str) and value in SIDES):
        return value
    if isinstance(value, list | tuple):
        return each(nonempty(value), _pattern)
    hint = f"write a list: [{value}]" if isinstance(value, str) else None
    raise Wrong.of("must be `encoder`, `decoder` or a list of layers' names", got=value, hint=hint)


_Frozen = Literal["encoder", "decoder"] | Annotated[list[str], Field(min_length=1)] | None


def _start(value: object) -> object:
    if value is not None and (not isinstance(value, str) or not value.strip() or "\0" in value):
        raise Wrong.of("must be a model's file, relative to the run file", got=value)
    return value


class FitConfig(Part):
    """How the model is trained. Losses, metrics and the optimizer are the model's, under `model.compile`."""

    epochs: int = Field(100, ge=1, le=MOST)
    """How many epochs there are; after each one, what was reached is saved."""
    batch_size: int = Field(2, ge=1, le=2**16)
    """How many patches a step learns from."""
    steps: int | None = Field(None, ge=1, le=MOST)
    """How many steps an epoch has. Null: as many as it takes to draw one patch from each training image, or
    from each slice of a volume that is sliced."""
    schedule: ScheduleField = ConstantRate()
    """Chooses how the optimizer's learning rate changes from epoch to epoch."""
    class_weights: ClassWeightsField = None
    """Weighs the classes in every loss of the model: by their shares of the training split (`inverse`,
    `inverse_sqrt`, `median_frequency`, `effective_number`, `enet`), or by name, such as `{background: 0.2,
    cell: 1}`. Null: as `model.compile.loss` says."""
    validate_every: int = Field(1, ge=1, le=MOST)
    """Says after how many epochs the images of the validation split are predicted whole, tile by tile, and
    compared with their masks. The last epoch always is followed by it."""
    overlap: float = Field(0.5, ge=0, le=0.9)
    """The share by which the tiles of a validation overlap."""
    monitor: Literal["val_dice", "loss"] = "val_dice"
    """Chooses what tells the best epoch, whose model is kept: the mean Dice of the classes but the first over
    the validation split, or the training loss."""
    patience: int | None = Field(None, ge=1, le=MOST)
    """Ends training where `monitor` was not better for so many of its values. Null: training goes to its
    end."""
    deterministic: bool = False
    """Computes the same bit for bit whenever it is run, on one machine, and slower."""
    start: Annotated[str | None, BeforeValidator(_start)] = None
    """Names a model's file, relative to the run file, whose weights the run begins with: all that fit, as
    `unetgen transfer` carries them."""
    frozen: Annotated[
        str | tuple[str, ...] | None,
        BeforeValidator(_frozen, json_schema_input_type=_Frozen),
    ] = None
    """Keeps layers as they begin, statistics included: `encoder`, `decoder`, or a list of their names with
    shell wildcards. Null: all learn."""
    thaw: int | None = Field(None, ge=2, le=MOST)
    """Names the epoch, counted from 1, from which on frozen layers learn too. Null: they never do."""
