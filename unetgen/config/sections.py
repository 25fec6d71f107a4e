"""The config's own sections: input, decoder overrides, resize policy, execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Problem, Wrong
from unetgen.parts.activation import ActivationField
from unetgen.parts.blocks import BlockField
from unetgen.parts.choice import Choice, Short
from unetgen.parts.dropout import DropoutField
from unetgen.parts.norms import NormField
from unetgen.parts.part import Part
from unetgen.parts.per_level import PerLevel
from unetgen.parts.recipe import Element
from unetgen.parts.style import StyleField
from unetgen.parts.values import Counts, Filters, LevelFlags, Multiples, Spatial, each, nonempty, whole
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.resample import Interpolation

ELEMENTS: tuple[Element, ...] = ("conv", "norm", "activation", "dropout")


def _shape(value: object) -> object:
    sizes = each(nonempty(value), lambda size: None if size is None else whole(size))
    if len(sizes) > 3:
        raise Wrong.of(
            "has more than 3 spatial axes",
            got=list(sizes),
            hint="leave batch and channels out; `channels` is a field of its own",
        )
    return sizes


def _order(value: object) -> object:
    items = nonempty(value)
    problems = [
        Problem(f"must be one of {', '.join(ELEMENTS)}", path=(index,), got=item)
        for index, item in enumerate(items)
        if item not in ELEMENTS
    ]
    problems += [
        Problem("stands twice", path=(index,), got=item)
        for index, item in enumerate(items)
        if item in items[:index]
    ]
    if "conv" not in items and not problems:
        problems.append(Problem("has no conv", got=list(items), hint="name `conv` once"))
    if problems:
        raise Wrong(problems)
    return tuple(items)


Order = Annotated[
    tuple[Element, ...],
    BeforeValidator(_order),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"enum": list(ELEMENTS)},
            "uniqueItems": True,
            "contains": {"const": "conv"},
        }
    ),
]


def _axes(items: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": items, "minItems": 1, "maxItems": 3})


_SIZE: dict[str, Any] = {"type": "integer", "minimum": 1}
Shape = Annotated[
    tuple[int | None, ...],
    BeforeValidator(_shape),
    _axes({"anyOf": [_SIZE, {"type": "null"}]}),
]
Reference = Annotated[
    tuple[int, ...] | None,
    BeforeValidator(lambda value: None if value is None else each(nonempty(value), whole)),
    WithJsonSchema({"anyOf": [{"type": "array", "items": _SIZE, "maxItems": 3}, {"type": "null"}]}),
]
USUAL_REFERENCE = 64
"""A free axis is at least so long where cost and memory are told, if nothing else is said."""


class InputSpec(Part):
    """The network's input."""

    shape: Shape
    """The spatial size, one number per axis (1 to 3 of them), without batch and channels; null for an axis of
    any legal size."""
    reference: Reference = None
    """Says at which size cost, memory and figures of a network with free axes are told: one number per axis.
    Null: the smallest legal size of at least 64 on each free axis."""
    channels: int = Field(1, ge=1, le=2**20)
    """How many channels the input has (modalities, colours)."""
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
    """Says where the channels stand in the model's input and output."""

    @model_validator(mode="after")
    def _reference_of_free_axes(self) -> Self:
        reference, shape = self.reference, self.shape
        if reference is None:
            return self
        if not self.free:
            raise Wrong.of(
                "does nothing: no axis of the input is free",
                got=list(reference),
                hint="leave it out, or write null for an axis of `shape`",
                path=("reference",),
            )
        if [size or given for size, given in zip(shape, reference, strict=False)] != list(reference) or len(
            reference
        ) != len(shape):
            raise Wrong.of(
                f"is not a size of [{', '.join('null' if n is None else str(n) for n in shape)}]",
                got=list(reference),
                hint="write one number per axis, that of `shape` where it has one",
                path=("reference",),
            )
        return self

    @property
    def free(self) -> tuple[int, ...]:
        """The spatial axes whose size is known only when the model runs."""
        return tuple(axis for axis, size in enumerate(self.shape) if size is None)

    @property
    def sizes(self) -> Axes:
        """One size per axis: the reference on free ones, where it is said."""
        reference = self.reference or (USUAL_REFERENCE,) * len(self.shape)
        return tuple(size or given for size, given in zip(self.shape, reference, strict=True))


class Decoder(Part):
    """What differs on the way up; null means as on the way down. Lists per level leave out the bottom."""

    convs: Counts = None
    """Sets the convolutions per block: a number, or one per level."""
    conv_widths: Multiples = None
    """Gives the convolutions of one block as multiples of the level's filters. Null: each is as wide as the
    last one of the same encoder level."""
    filters: Filters = None
    """Gives the filters per level: a number for every convolution, or a list with one per convolution."""
    kernel: Spatial | None = None
    """Sets the kernel, in the same forms as the config's `kernel`."""
    block: PerLevel[BlockField] | None = None
    """Chooses the decoder's block, or gives a list of one per level."""
    norm: PerLevel[NormField] | None = None
    """Chooses the decoder's normalization, or gives a list of one per level."""
    activation: PerLevel[ActivationField] | None = None
    """Sets the decoder's activation, or gives a list of one per level."""
    order: Order | None = None
    """Orders convolution, norm, activation and dropout in the decoder."""
    dropout: DropoutField | None = None
    """Sets the decoder's dropout."""
    use_bias: LevelFlags | None = None
    """Gives the decoder's convolutions a bias, or with a list those of some levels."""
    style: StyleField = None
    """Adds a vector of the whole image to the features inside every block of the way up: null, `average`,
    `max`, or {pooling, unit}."""
    on_bottom: bool = False
    """Puts a block of the way up on the bottom too, before the first up-sampling. What a skip adds inside it
    is the bottom itself."""


class ResizePolicy(Part):
    """What happens to sizes that the factors of the downs do not divide. A bare name sets `policy`."""

    policy: Literal["refuse", "pad_and_crop", "resize_to_skip", "pad_to_skip", "centre_crop"] = "refuse"
    """Chooses what happens. `refuse` stops with an error that names the nearest legal sizes. `pad_and_crop`
    zero-pads the input to the next legal size and crops the output back. `resize_to_skip` resizes every
    up-sampled tensor to its skip. `pad_to_skip` pads every up-sampled tensor at the end to its skip, as
    MONAI's BasicUNet does. `centre_crop` crops every skip to the up-sampled tensor, so that the output is
    smaller than the input."""
    interpolation: Interpolation = "nearest"
    """Chooses the interpolation of `resize_to_skip`."""
    padding: Literal["edge", "zero"] = "edge"
    """Chooses what `pad_to_skip` pads with: the outermost values, repeated (`edge`), or zeros (`zero`)."""


ResizeField = Annotated[ResizePolicy, Short("policy", (str,), "the name of a policy")]


PRESETS: Mapping[str, Mapping[str, str]] = {
    "faithful": {},
    "fast": {"layout": "auto", "precision": "auto", "remat": "cheap", "optimize": "training"},
    "low_memory": {
        "layout": "auto",
        "precision": "mixed_bfloat16",
        "remat": "blocks",
        "optimize": "training",
    },
}
"""What a bare name of `execution` stands for; the group's files say the same with every field."""
PRESET_DOCS: Mapping[str, str] = {
    "faithful": "Computes the network as the file declares it, in single precision.",
    "fast": "Computes as fast as the device can, for training and for prediction.",
    "low_memory": "Needs the least memory.",
}
"""What each of them is for."""


class Execution(Part):
    """How the model computes; nothing here changes the architecture or its interface. A bare name sets
    several fields: `faithful` the defaults, `fast` the automatic layout and precision, the rewrites that
    training allows and recomputation of what is cheap, `low_memory` the same with bfloat16 and recomputation
    of every block."""

    layout: Literal["declared", "channels_last", "auto"] = "declared"
    """Chooses the layout inside the model. `channels_last` keeps the declared interface, with one permutation
    at each end; a channels_first network is several times faster that way on a CPU. `auto` is channels_last
    on a CPU and the declared one on a GPU. A rewritten network (see `optimize`) is always computed
    channels_last."""
    precision: Literal["float32", "float64", "mixed_bfloat16", "mixed_float16", "auto"] = "float32"
    """Sets Keras's dtype policy of every layer; the output is at least float32. `auto` is mixed_bfloat16
    where the device multiplies bfloat16 itself (x86 CPUs with avx512_bf16 or amx_bf16, NVIDIA GPUs from
    compute capability 8.0 on), and float32 elsewhere. `mixed_float16` trains with loss scaling."""
    remat: Literal["none", "cheap", "blocks"] = "none"
    """Chooses what a training step computes twice to save memory. `cheap` keeps everything but what costs
    little to compute again: the layers from the input on that take less than a hundredth of the step's
    multiplications. `blocks` keeps only the tensors between blocks for the backward pass and computes what is
    inside them again, for about a third more arithmetic."""
    optimize: Literal["none", "training", "inference"] = "none"
    """Rewrites the network exactly before it is built, where that saves arithmetic or memory. `training`
    allows rewrites under which a training step computes the same, with the layers and weights as declared.
    `inference` also allows those that change weights: the model predicts the same, but is not meant to be
    trained."""


_PresetName = Annotated[
    str,
    WithJsonSchema({"enum": list(PRESETS), "enumDescriptions": [PRESET_DOCS[name] for name in PRESETS]}),
]


class Presets(Choice):
    """Pydantic annotation of an `execution` that may be the bare name of a preset."""

    key = ""

    def expand(self, value: object) -> object:
        return dict(PRESETS[value]) if isinstance(value, str) and value in PRESETS else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self._expanded,
            handler(source),
            json_schema_input_schema=handler.generate_schema(Execution | _PresetName),
        )

    def _expanded(self, value: object) -> object:
        mapping = self.expand(value)
        if not isinstance(mapping, dict | Execution):
            hint = f"one of: {', '.join(PRESETS)}" if isinstance(value, str) else None
            raise Wrong.of("must be the name of a preset, or a mapping", got=value, hint=hint)
        return mapping


ExecutionField = Annotated[Execution, Presets()]
