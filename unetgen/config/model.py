"""UNetConfig: the whole config language. One value of it describes one U-Net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from unetgen.config.later import without_later_fields
from unetgen.config.renamed import with_former_names
from unetgen.config.schema_version import SCHEMA_VERSION, SchemaVersion
from unetgen.config.sections import (
    ELEMENTS,
    Decoder,
    Execution,
    ExecutionField,
    InputSpec,
    Order,
    ResizeField,
    ResizePolicy,
)
from unetgen.parts.activation import FAMILY as ACTIVATION_FAMILY
from unetgen.parts.activation import ActivationChoice, ActivationField
from unetgen.parts.blocks import BlockField
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.bottlenecks import BottleneckField
from unetgen.parts.bottlenecks.none import NoBottleneck
from unetgen.parts.downs import DownField
from unetgen.parts.downs.max_pool import MaxPool
from unetgen.parts.dropout import DropoutField, DropoutRates
from unetgen.parts.encoders import EncoderField
from unetgen.parts.heads import Head
from unetgen.parts.keras_names import INITIALIZERS, REGULARIZERS
from unetgen.parts.norms import NormField
from unetgen.parts.norms.none import NoNorm
from unetgen.parts.options import KerasChoice, OneOf
from unetgen.parts.part import Part
from unetgen.parts.per_level import PerLevel
from unetgen.parts.skips import SkipField
from unetgen.parts.skips.concat import ConcatSkip
from unetgen.parts.stem import StemField
from unetgen.parts.tasks import Task
from unetgen.parts.topologies import TopologyField
from unetgen.parts.topologies.unet import UNet
from unetgen.parts.training import Training
from unetgen.parts.ups import UpField
from unetgen.parts.ups.nearest import NearestUp
from unetgen.parts.values import LARGEST, Filters, LevelFlags, Multiples, Spatial

ABOUT = frozenset({"schema_version", "name", "source"})
"""Fields that say nothing of the network and its training."""


# Defaults are made by `model_construct`: it skips the validators, which each kind would have to build.
class UNetConfig(Part):
    """One U-Net. Only `input`, `depth`, `base_filters` and `num_classes` have no default."""

    schema_version: SchemaVersion = SCHEMA_VERSION
    """Says for which version of this language the config was written. Files that unetgen writes say it; old
    names of fields are refused in one that does, and read as the new ones in one that does not."""
    name: str = Field("unet", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)
    """Names the config and the Keras model; by default, the file's name."""
    source: str | None = Field(None, max_length=500)
    """Says where the architecture comes from, such as a paper or a page: free text, or null."""
    input: InputSpec
    """The network's input: {shape, channels, data_format}."""
    depth: int = Field(ge=2, le=64)
    """The number of levels of resolution, the bottom included: depth - 1 steps down."""
    base_filters: int | None = Field(None, ge=1, le=LARGEST)
    """The filters of the first level. Level n, counted from 0, has base_filters * filter_growth**n of them,
    rounded, at most max_filters. Null only where `filters` gives them."""
    filter_growth: float = Field(2, gt=0, le=1024)
    """Multiplies the filters from one level to the next."""
    max_filters: int | None = Field(None, ge=1, le=LARGEST)
    """Limits the filters of every level; null: no limit."""
    conv_widths: Multiples = None
    """Gives the convolutions of one block as multiples of the level's filters. Null: [1, 1], or as many ones
    as `block.convs` asks for. A block without `convs` has one width, that of its output; `rsu` has two."""
    filters: Filters = None
    """Gives the filters outright, per level or per level and convolution, in place of base_filters,
    filter_growth, max_filters and conv_widths. Null: they follow from those."""
    kernel: Spatial = 3
    """Sets the kernel of the blocks' convolutions: a number, one per axis, or a list of such lists, one per
    level."""
    padding: Literal["same", "valid", "torch"] = "same"
    """Chooses how convolutions pad: `same` as TensorFlow does, `valid` not at all (skips are centre-cropped),
    `torch` symmetrically, as PyTorch networks do. `same` and `torch` differ for strided convolutions."""
    activation: PerLevel[ActivationField] = ActivationChoice.parse(ACTIVATION_FAMILY, "relu")
    """Sets the activation after every convolution, or before it (see `order`): a name, or {kind, options}, or
    a list of one per level. Downs and ups have that of the finer of their two levels."""
    norm: PerLevel[NormField] = NoNorm.model_construct()
    """Chooses the normalization after every convolution, or before it (see `order`), or gives a list of one
    per level. Downs and ups have that of the finer of their two levels."""
    order: Order = ELEMENTS
    """Orders convolution, norm, activation and dropout. What is not used may be left out."""
    dropout: DropoutField = DropoutRates.model_construct()
    """Sets the dropout: a rate, one rate per level, or {kind, rate, place}."""
    use_bias: LevelFlags = True
    """Gives every convolution a bias, or with a list those of some levels."""
    kernel_initializer: Annotated[KerasChoice, OneOf(INITIALIZERS)] = KerasChoice.parse(
        INITIALIZERS, "glorot_uniform"
    )
    """Initializes the kernels: a Keras initializer's name, or {kind, options}."""
    kernel_regularizer: Annotated[KerasChoice, OneOf(REGULARIZERS)] | None = None
    """Penalizes the kernels: null, a Keras regularizer's name, or {kind, options}."""
    encoder: EncoderField | None = None
    """Chooses a network for image classification as the way down, in place of stem, blocks and downs. Null:
    these make it."""
    stem: StemField = None
    """Adds a convolution before the first level's block: null, a kernel, or {kernel, filters, norm,
    activation, strides, down, up}."""
    block: PerLevel[BlockField] = PlainBlock.model_construct()
    """Chooses the block at each level, or gives a list of one per level."""
    bottleneck: BottleneckField = NoBottleneck.model_construct()
    """Chooses what follows the bottom level's block."""
    down: PerLevel[DownField] = MaxPool.model_construct()
    """Chooses how a level leads to the next, coarser one, or gives a list of one per step, the finest first;
    its `size` is the factor."""
    up: PerLevel[UpField] = NearestUp.model_construct()
    """Chooses how a level leads to the next, finer one, by the same factor, or gives a list of one per step,
    the finest first."""
    skip: PerLevel[SkipField] = ConcatSkip.model_construct()
    """Chooses how the encoder's output joins the decoder, or gives a list of one per decoder level, the
    finest first."""
    topology: TopologyField = UNet.model_construct()
    """Chooses how levels, skips and heads are connected."""
    decoder: Decoder | None = None
    """Sets what differs on the way up. Null: the decoder mirrors the encoder, with every convolution as wide
    as the last one of the same encoder level."""
    num_classes: int = Field(ge=1, le=2**20)
    """The number of classes, which are the channels of the output."""
    head: Head = Head.model_construct()
    """Sets how the features become classes: {activation, kernel, use_bias, pre_activation, hidden,
    deep_supervision}."""
    tasks: Annotated[tuple[Task, ...], Strict(False), Field(max_length=64)] = ()
    """Adds tasks on the same encoder, each with its own head or decoder, loss and metrics."""
    resize: ResizeField = ResizePolicy.model_construct()
    """Says what happens to sizes that the steps down do not divide: a policy's name, or {policy,
    interpolation, padding}."""
    compile: Training = Training.model_construct()
    """Sets the loss, the optimizer and the metrics."""
    execution: ExecutionField = Execution.model_construct()
    """Sets how the model computes: a preset's name, or {layout, precision, remat, optimize}."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Seeds the initial weights and dropout. Each layer's own seed follows from this one and the layer's
    name."""

    @property
    def dims(self) -> int:
        """Number of spatial axes."""
        return len(self.input.shape)

    @property
    def class_axis(self) -> int:
        """The class axis of the output, counting the batch: 1 or -1."""
        return 1 if self.input.data_format == "channels_first" else -1

    def to_dict(self) -> dict[str, Any]:
        """Plain data that validates back to an equal config."""
        return self.model_dump(mode="json")

    def __repr__(self) -> str:
        from unetgen.plan.tensor import sizes

        shape = sizes((*self.input.shape, self.input.channels))
        return f"<UNetConfig {self.name}: {shape}, depth {self.depth}, classes {self.num_classes}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from unetgen.config.html import html

        return html(self)

    @property
    def digest(self) -> str:
        """SHA-256 of all that a run depends on: everything but the fields of `ABOUT`."""
        return digest_of(self.to_dict())


def digest_of(data: Mapping[str, Any]) -> str:
    """The digest of a config given as plain data; old data may lack fields that a config has by now."""
    import hashlib
    import json

    said = without_later_fields(with_former_names(data))
    kept = {key: value for key, value in said.items() if key not in ABOUT}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
