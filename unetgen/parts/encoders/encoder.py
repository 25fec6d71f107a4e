"""What all encoders share: the levels that they give, and how their variants are named."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

from pydantic import model_validator

from unetgen.errors import Wrong
from unetgen.parts.encoders.weights_file import WeightsField
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class Encoder(Part):
    """The base of the encoders: a family of networks for image classification, without their classifiers.

    A variant is a kind. It has its own padding, norms and activations, those of its origin, whatever the
    config says; of the config's convolutions it takes the initializer and the regularizer.
    """

    variants: ClassVar[Mapping[str, object]]
    most_levels: ClassVar[int] = 6
    """How many levels it has: each one's size is half of the one before."""

    kind: str
    weights: WeightsField | None = None
    """Names a file of weights to begin with, relative to the config's file: a state dict of torchvision, timm
    or segmentation_models_pytorch. Null: the weights are drawn."""

    @model_validator(mode="after")
    def _is_a_variant(self) -> Self:
        if self.kind not in self.variants:
            raise Wrong.of("unknown encoder", got=self.kind, path=("kind",))
        if self.weights is not None and self.kind.startswith("keras_"):
            hint = "leave it out, or use the kind without `keras_`"
            raise Wrong.of("is for state dicts of PyTorch", got=self.weights, hint=hint, path=("weights",))
        return self

    @abstractmethod
    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        """What each level gives to the decoder, the finest first; None where it has nothing to give.

        A level is lowered when its feature is asked for, in its own place of `b`.
        """
