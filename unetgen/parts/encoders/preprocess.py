"""What an encoder's weights expect of an image, as layers before it: `encoder.preprocess`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Wrong
from unetgen.parts.choice import Choice
from unetgen.parts.part import Part
from unetgen.parts.values import each, nonempty, number
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import SelectChannels, Standardize
from unetgen.spelling import did_you_mean

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

MOST = 2.0**24
"""The largest value of an image that is believed."""
LEAST_STD = 1e-6


def _channels(least: float, what: str) -> Any:
    def checked(value: object) -> object:
        if isinstance(value, list | tuple):
            return each(nonempty(value), lambda one: float(number(one, least, MOST, what)))
        return float(number(value, least, MOST, f"{what}, or a list of one for each channel"))

    return BeforeValidator(checked, json_schema_input_type=float | list[float])


class Preprocess(Part):
    """Each channel less a mean, divided by a standard deviation, both in the units of the image.

    A bare name stands for what libraries do: `caffe`, `tf` and `torch` are the modes of keras.applications'
    `preprocess_input`, for values from 0 to 255; `torchvision` is the normalization of torchvision and timm,
    for values from 0 to 1. An image of one channel is repeated where there are values for several.
    """

    mean: Annotated[float | tuple[float, ...], _channels(-MOST, "a number")] = 0.0
    """Subtracts one number, or one for each channel, in the order in which the encoder has them."""
    std: Annotated[float | tuple[float, ...], _channels(LEAST_STD, "a positive number")] = 1.0
    """Divides what is left by one number, or by one for each channel."""
    order: Literal["rgb", "bgr"] = "rgb"
    """Leaves the three channels of an image as they are, or reverses them first (`bgr`)."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        counts = {len(each) for each in (self.mean, self.std) if isinstance(each, tuple)}
        if self.order == "bgr":
            counts.add(3)
        if len(counts) > 1:
            numbers = " and ".join(map(str, sorted(counts)))
            hint = "give `mean` and `std` as many values as the image has channels, three with `bgr`"
            raise Wrong.of(f"must be for one number of channels, not for {numbers}", hint=hint)
        if not counts and (self.mean, self.std) == (0.0, 1.0):
            raise Wrong.of("changes nothing", hint=f"give `mean` and `std`, or one of: {', '.join(PRESETS)}")
        return self

    @property
    def channels(self) -> int | None:
        """For how many channels it is; None: for any number."""
        if self.order == "bgr":
            return 3
        return next((len(each) for each in (self.mean, self.std) if isinstance(each, tuple)), None)

    def lower(self, b: Builder, x: Node) -> Node:
        """`x`, an image, as the encoder's weights expect it."""
        channels = self.channels or x.spec.channels
        with b.piece("preprocess"):
            if x.spec.channels != channels:
                x = b.add(SelectChannels((0,) * channels), x, name="channels")
            elif self.order == "bgr":
                x = b.add(SelectChannels((2, 1, 0)), x, name="channels")
            mean, std = _spread(self.mean, channels), _spread(self.std, channels)
            is_needed = any(mean) or any(value != 1 for value in std)
            return b.add(Standardize(mean, std), x, name="standardize") if is_needed else x


def _spread(value: float | tuple[float, ...], channels: int) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,) * channels


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "caffe": {"mean": (103.939, 116.779, 123.68), "order": "bgr"},
    "tf": {"mean": 127.5, "std": 127.5},
    "torch": {"mean": (123.675, 116.28, 103.53), "std": (58.395, 57.12, 57.375)},
    "torchvision": {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
}
"""What a bare name stands for."""
_PRESET_DOCS: Mapping[str, str] = {
    "caffe": "Reverses the channels and subtracts ImageNet's means, for values from 0 to 255.",
    "tf": "Brings values from 0 to 255 to -1 to 1.",
    "torch": "Standardizes by ImageNet's means and deviations, for values from 0 to 255.",
    "torchvision": "Standardizes by ImageNet's means and deviations, for values from 0 to 1.",
}
_PresetName = Annotated[
    str,
    WithJsonSchema({"enum": list(PRESETS), "enumDescriptions": [_PRESET_DOCS[name] for name in PRESETS]}),
]


class PreprocessChoice(Choice):
    """Pydantic annotation of a `preprocess` that may be the bare name of a preset."""

    key = ""

    def expand(self, value: object) -> object:
        return dict(PRESETS[value]) if isinstance(value, str) and value in PRESETS else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        taken = handler.generate_schema(Preprocess | _PresetName | None)
        return core_schema.no_info_before_validator_function(
            self._expanded, handler(source), json_schema_input_schema=taken
        )

    def _expanded(self, value: object) -> object:
        mapping = self.expand(value)
        if not isinstance(mapping, dict | Preprocess | None):
            listed = f"one of: {', '.join(PRESETS)}"
            hint = (did_you_mean(value, PRESETS) or listed) if isinstance(value, str) else listed
            raise Wrong.of("must be the name of a preprocessing, or a mapping", got=value, hint=hint)
        return mapping


PreprocessField = Annotated[Preprocess | None, PreprocessChoice()]
