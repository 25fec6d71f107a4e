"""Further tasks: heads, or decoders with heads, beside the main one: `tasks`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict

from unetgen.parts.activation import ActivationField
from unetgen.parts.part import Part
from unetgen.parts.training.base import IgnoreClass
from unetgen.parts.training.metrics import MetricField
from unetgen.parts.training.training import LossesField, Training
from unetgen.parts.values import LARGEST, PerAxis

MAIN = "main"
"""The name of the output and the target that the config's top is about."""


class Task(Part):
    """A further task on the same encoder, with its own loss (multi-task learning, Caruana 1997)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    """Names its output and its target; the names of its losses and metrics begin with it."""
    num_classes: int = Field(ge=1, le=2**20)
    """The number of channels of its output."""
    decoder: Literal["shared", "own", "pooled"] = "shared"
    """Adds a head on the decoder's features (`shared`), a decoder of its own, made like the main one (`own`),
    or dense layers on the bottom, pooled over all positions (`pooled`): one value for each class of the whole
    image, as of a classifier or a regression."""
    activation: ActivationField | None = None
    """Sets its output's activation: a name or {kind, ...}; null: softmax, or sigmoid for one class."""
    kernel: PerAxis = 1
    """Sets the kernel of its convolution to the classes: a number or one per axis; null: 1."""
    pooling: Literal["average", "max"] = "average"
    """Chooses how a `pooled` task makes one value of all positions."""
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=LARGEST)], ...], Strict(False), Field(max_length=64)
    ] = ()
    """Lists the widths of a `pooled` task's dense layers before the last, each with the activation of the
    bottom level after it."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Drops this share of the values before each dense layer of a `pooled` task."""
    loss: LossesField = Field(
        None,
        description="Sets its loss, or a list of losses to add; null: the cross-entropy that suits its head.",
    )
    loss_weight: float = Field(1.0, ge=0, le=1e6)
    """Multiplies its loss; the main one counts once."""
    metrics: Annotated[tuple[MetricField, ...], Strict(False)] = Field(
        (), description="Lists what is logged of it besides the loss."
    )
    ignore_class: IgnoreClass = None

    @property
    def training(self) -> Training:
        """Its loss and metrics as a section `compile` has them."""
        return Training.model_construct(loss=self.loss, metrics=self.metrics, ignore_class=self.ignore_class)
