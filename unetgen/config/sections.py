"""The config's own sections: input, decoder overrides, resize policy, execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Problem, Wrong
from unetgen.parts.activation import ActivationField
from unetgen.parts.blocks import BlockField
from unetgen.parts.choice import Choice, Short
from unetgen.parts.dropout import DropoutField
from unetgen.parts.norms import NormField
from unetgen.parts.part import Part
from unetgen.parts.recipe import Element
from unetgen.parts.values import Counts, Filters, Multiples, Spatial, each, nonempty, whole

ELEMENTS: tuple[Element, ...] = ("conv", "norm", "activation", "dropout")


def _shape(value: object) -> object:
    sizes = each(nonempty(value), whole)
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

Shape = Annotated[
    tuple[int, ...],
    BeforeValidator(_shape),
    WithJsonSchema(
        {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 3}
    ),
]


class InputSpec(Part):
    """The network's input."""

    shape: Shape
    """Spatial size, one number per axis: 1 to 3 of them, without batch and channels."""
    channels: int = Field(1, ge=1, le=2**20)
    """Channels of the input (modalities, colours)."""
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
    """Where the channels stand in the model's input and output."""


class Decoder(Part):
    """What differs on the way up; null means as on the way down. Lists per level leave out the bottom."""

    convs: Counts = None
    """Convolutions per block, or one number per level."""
    conv_widths: Multiples = None
    """One block's convolutions as multiples of filters(level); null: each as wide as the last one of the
    same encoder level."""
    filters: Filters = None
    """Per level: the filters of every convolution, or a list with those of each."""
    kernel: Spatial | None = None
    """Kernel, as the config's own `kernel`."""
    block: BlockField | None = None
    """Block of the decoder."""
    norm: NormField | None = None
    """Normalization of the decoder."""
    activation: ActivationField | None = None
    """Activation of the decoder."""
    order: Order | None = None
    """Order of convolution, norm, activation and dropout in the decoder."""
    dropout: DropoutField | None = None
    """Dropout of the decoder."""
    use_bias: bool | None = None
    """A bias in the decoder's convolutions."""


class Resize(Part):
    """What happens to sizes that do not divide by the factors of the downs; a bare name is the `policy`."""

    policy: Literal["refuse", "pad_and_crop", "resize_to_skip", "pad_to_skip", "centre_crop"] = "refuse"
    """`refuse` them with the nearest legal sizes; `pad_and_crop`: zero-pad the input to the next legal
    size and crop the output back; `resize_to_skip`: resize every up-sampled tensor to its skip;
    `pad_to_skip`: pad every up-sampled tensor at the end to its skip, as MONAI's BasicUNet does;
    `centre_crop`: crop every skip to the up-sampled tensor (the output is smaller than the input)."""
    interpolation: Literal["nearest", "linear"] = "nearest"
    """Of `resize_to_skip`."""
    padding: Literal["edge", "zero"] = "edge"
    """Of `pad_to_skip`: with the outermost values repeated, or with zeros."""


ResizeField = Annotated[Resize, Short("policy", (str,), "the name of a policy")]


PRESETS: Mapping[str, Mapping[str, str]] = {
    "faithful": {},
    "fast": {"layout": "auto", "precision": "auto", "optimize": "training"},
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
    """How the model computes; nothing here changes the architecture or its interface. A bare name stands for
    several fields at once: `faithful` for the defaults, `fast` for the automatic layout and precision and
    the rewrites that training allows, `low_memory` for those with bfloat16 and recomputation."""

    layout: Literal["declared", "channels_last", "auto"] = "declared"
    """Layout inside the model. `channels_last` keeps the declared interface, with one permutation at each
    end; on a CPU a channels_first network is several times faster that way. `auto`: channels_last on a CPU,
    the declared one on a GPU. A rewritten network (see `optimize`) is always computed channels_last."""
    precision: Literal["float32", "float64", "mixed_bfloat16", "mixed_float16", "auto"] = "float32"
    """Keras's dtype policy of every layer; the output is float32 at least. `auto`: mixed_bfloat16 where the
    device multiplies bfloat16 itself (x86 CPUs with avx512_bf16 or amx_bf16, NVIDIA GPUs from compute
    capability 8.0 on), float32 elsewhere. `mixed_float16` trains with loss scaling."""
    remat: Literal["none", "blocks"] = "none"
    """What a training step computes twice rather than keeps. `blocks`: what is inside each block; only the
    tensors between blocks are kept for the backward pass, for about a third more arithmetic."""
    optimize: Literal["none", "training", "inference"] = "none"
    """Exact rewrites of the network before it is built, as far as they save arithmetic or memory. `training`:
    those under which a training step computes the same, with the layers and weights as declared; `inference`:
    also those that change weights, so that the model predicts the same and is not meant to be trained."""


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
