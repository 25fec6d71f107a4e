"""What all encoders share: the levels that they give, and how their variants are named."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from unetgen.errors import Wrong
from unetgen.parts.encoders.preprocess import PreprocessField
from unetgen.parts.encoders.weights_file import WeightsField, WeightsFile
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution
from unetgen.parts.values import each, nonempty, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node

NOT_READ = ("image_classifiers_", "monai_")
"""How the names of kinds begin whose weights are in no file that is read."""


def _frozen(value: object) -> object:
    """`true`, or levels that are all different; `false` is null."""
    if value is None or isinstance(value, bool):
        return value or None
    if not isinstance(value, list | tuple):
        raise Wrong.of("must be true, or a list of levels such as [1, 2]", got=value)
    levels = each(nonempty(value), lambda level: whole(level, minimum=0))
    if len(set(levels)) < len(levels):
        raise Wrong.of("names a level twice", got=list(levels))
    return levels


FrozenField = Annotated[
    Literal[True] | tuple[int, ...] | None,
    BeforeValidator(_frozen, json_schema_input_type=bool | list[int] | None),
]


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
    or segmentation_models_pytorch, or what keras.applications saves. Null: the weights are drawn."""
    frozen: FrozenField = None
    """Keeps weights as they begin, statistics of norms included, which are used in training too: `true` for
    the whole encoder, or a list of its levels, as `unetgen show` numbers them; the stem belongs to the first.
    Null: all learn."""
    preprocess: PreprocessField = None
    """Has the model do to an image what its weights expect, as layers before the encoder. Null: images come
    as the weights expect them."""

    @model_validator(mode="after")
    def _is_a_variant(self) -> Self:
        if self.kind not in self.variants:
            raise Wrong.of("unknown encoder", got=self.kind, path=("kind",))
        if self.weights is not None and self.kind.startswith(NOT_READ):
            hint = "leave it out, or use a kind of another library"
            message = "no files of this kind are read"
            raise Wrong.of(message, got=self.weights, hint=hint, path=("weights",))
        if self.weights is not None and self.weights.is_of_keras != self.kind.startswith("keras_"):
            raise self._of_another_library(self.weights)
        return self

    def _of_another_library(self, weights: WeightsFile) -> Wrong:
        bare = self.kind.removeprefix("keras_")
        ours, other = ("Keras", bare) if bare != self.kind else ("PyTorch", f"keras_{bare}")
        hint = f"for that network's file use {other}" if other in self.variants else ""
        return Wrong.of(f"must be a file of {ours} for this kind", got=weights, hint=hint, path=("weights",))

    def factors(self, steps: int) -> tuple[int, ...]:
        """By what each of so many steps divides the size."""
        return (2,) * steps

    @abstractmethod
    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        """What each level gives to the decoder, the finest first; None where it has nothing to give.

        A level is lowered when its feature is asked for, in its own place of `b`.
        """
