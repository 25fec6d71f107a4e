"""Activations: any of Keras's by its name and options, or a ReLU with learned slopes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from unetgen.parts.keras_names import ACTIVATION_ALIASES, ACTIVATIONS
from unetgen.parts.options import KerasChoice, OneOf
from unetgen.parts.vocabulary import KerasObject, Option
from unetgen.plan.ops import Activation, Op, PRelu

PRELU = KerasObject(
    "keras.layers.PReLU",
    {
        "shared": Option(
            "str",
            "channel",
            "one slope per channel, one per channel and position (tied to the input size), or one for all",
            choices=("channel", "element", "all"),
        ),
        "initial_slope": Option("float", 0.25, "slope below zero before training", low=0, high=1),
    },
)
"""He et al. 2015, arXiv 1502.01852."""


class ActivationChoice(KerasChoice):
    """An activation with all of its options."""

    def op(self) -> Op:
        """The operation; a second name of one function becomes its first, an option at its default goes."""
        if self.name == "prelu":
            return PRelu(**dict(self.options))
        name = ACTIVATION_ALIASES.get(self.name, self.name)
        if name == "leaky_relu":
            return Activation(name, dict(self.options))
        return Activation(name, dict(self.call().arguments))


FAMILY = replace(ACTIVATIONS, objects={**ACTIVATIONS.objects, "prelu": PRELU})
ActivationField = Annotated[ActivationChoice, OneOf(FAMILY, into=ActivationChoice)]
"""A bare name, or {kind: name, options}."""
