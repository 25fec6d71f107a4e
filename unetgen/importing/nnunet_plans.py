"""nnU-Net v2's plans: the network of one configuration, from the old format and the new one.

Plans up to nnU-Net 2.2 hold a few numbers that its own code completes (``UNet_class_name`` and others);
later ones hold the class of dynamic-network-architectures and all of its arguments under ``architecture``.
Source of the facts: github.com/MIC-DKFZ/nnUNet, nnunetv2/utilities/plans_handling/plans_handler.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from unetgen.importing.json_file import JsonValue, axes, listed, per_stage
from unetgen.importing.nnunet_modules import activation_of, dropout_of, last_word, norm_of
from unetgen.plan.ops.base import Axes

T = TypeVar("T")

FAMILIES: Mapping[str, Literal["plain", "residual"]] = {
    "dynamic_network_architectures.architectures.unet.PlainConvUNet": "plain",
    "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet": "residual",
    "dynamic_network_architectures.architectures.residual_unet.ResidualEncoderUNet": "residual",
}
"""The classes of networks that can be said, by their names in plans."""
OLD_CLASSES: Mapping[str, Literal["plain", "residual"]] = {
    "PlainConvUNet": "plain",
    "ResidualEncoderUNet": "residual",
}
SHARED = (
    *("n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage_decoder"),
    *("conv_bias", "norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin"),
    *("nonlin_kwargs", "deep_supervision"),
)
OWN: Mapping[str, tuple[str, ...]] = {
    "plain": ("n_conv_per_stage", "nonlin_first"),
    "residual": ("n_blocks_per_stage", "block", "bottleneck_channels", "stem_channels"),
}
"""Arguments that only one of the families takes."""
MOST_STAGES = 64


@dataclass(frozen=True)
class PlannedNetwork:
    """One configuration's network in plain terms; stages and levels count from the finest.

    `convs` are the encoder's convolutions (plain) or blocks (residual) per level, `decoder_convs` the
    decoder's convolutions per level; nnU-Net lists the latter from the coarsest.
    """

    family: Literal["plain", "residual"]
    patch_size: Axes
    filters: tuple[int, ...]
    kernels: tuple[Axes, ...]
    strides: tuple[Axes, ...]
    convs: tuple[int, ...]
    decoder_convs: tuple[int, ...]
    use_bias: bool
    norm: Mapping[str, object]
    activation: Mapping[str, object]
    dropout: Mapping[str, object] | None
    nonlin_first: bool
    stem_filters: int | None
    bottleneck_ratio: int | None
    cascade: bool
    batch_dice: bool

    @property
    def depth(self) -> int:
        return len(self.filters)

    @property
    def dims(self) -> int:
        return len(self.patch_size)


@dataclass(frozen=True)
class Configuration:
    """One configuration of a plans file, with what it inherits; every value knows where it stands."""

    file: str
    name: str
    fields: Mapping[str, JsonValue]

    def at(self, key: str) -> JsonValue:
        """The value of `key`, which must be there."""
        if key not in self.fields:
            return JsonValue(self.file, {}, ("configurations", self.name)).at(key)
        return self.fields[key]

    def get(self, key: str) -> JsonValue | None:
        """The value of `key`, or None where it is absent or null."""
        place = self.fields.get(key)
        return None if place is None or place.value is None else place


def configuration(plans: JsonValue, name: str) -> Configuration:
    """The configuration called `name`, its ancestors' values below its own."""
    named = plans.at("configurations", hint="is it an nnU-Net v2 plans file (nnUNetPlans.json)?")
    if not named.has(name):
        known = listed(list(named.mapping()))
        named.refuse(f"there is no configuration {name!r}", hint=f"this file has {known or 'none'}")
    fields: dict[str, JsonValue] = {}
    visited: list[str] = []
    here = named.at(name)
    while True:
        visited.append(str(here.path[-1]))
        fields = {key: here.at(key) for key in here.mapping()} | fields
        if not here.has("inherits_from"):
            return Configuration(plans.file, name, fields)
        parent = here.at("inherits_from")
        if not named.has(parent.text()):
            parent.refuse(f"there is no configuration {parent.text()!r}", hint=listed(list(named.mapping())))
        if parent.text() in visited:
            parent.refuse(f"goes in a circle: {' > '.join([*visited, parent.text()])}")
        here = named.at(parent.text())


def network_of(plan: Configuration) -> PlannedNetwork:
    """The network of a configuration; raises `ConfigError` by name for what cannot be said."""
    patch_size = plan.at("patch_size").wholes()
    if not 1 <= len(patch_size) <= 3:
        plan.at("patch_size").refuse("must have one to three axes", got=list(patch_size))
    family, kwargs = arguments_of(plan)
    return _network(plan, family, kwargs, patch_size)


def arguments_of(plan: Configuration) -> tuple[Literal["plain", "residual"], Mapping[str, JsonValue]]:
    """The family of a configuration's network and the arguments of its class, as the plans give them."""
    return _new(plan) if plan.get("architecture") is not None else _old(plan)


def _new(plan: Configuration) -> tuple[Literal["plain", "residual"], Mapping[str, JsonValue]]:
    architecture = plan.at("architecture")
    named = architecture.at("network_class_name")
    family = FAMILIES.get(named.text())
    if family is None:
        hint = f"those that can be imported: {', '.join(FAMILIES)}"
        named.refuse("a network that cannot be said as a config", got=named.value, hint=hint)
    arguments = architecture.at("arch_kwargs")
    kwargs = {key: arguments.at(key) for key in arguments.mapping()}
    for key, place in kwargs.items():
        if key not in (*SHARED, *OWN[family]):
            place.refuse(f"an argument of {last_word(named.value)} that is not known here", got=place.value)
    missing = {"plain": "n_conv_per_stage", "residual": "n_blocks_per_stage"}[family]
    for key in (*SHARED[:6], missing):
        arguments.at(key)
    return family, kwargs


def _old(plan: Configuration) -> tuple[Literal["plain", "residual"], Mapping[str, JsonValue]]:
    """The arguments that nnU-Net's own code makes of plans without ``architecture``."""
    if plan.get("UNet_class_name") is None:
        plan.at("architecture")
    named = plan.at("UNet_class_name")
    family = OLD_CLASSES.get(named.text())
    if family is None:
        hint = f"those that can be imported: {', '.join(OLD_CLASSES)}"
        named.refuse("a network that cannot be said as a config", got=named.value, hint=hint)
    convs = plan.at("n_conv_per_stage_encoder")
    stages = len(convs.items())
    base, most = plan.at("UNet_base_num_features"), plan.at("unet_max_num_features")
    first, limit = base.whole(), most.whole()
    dims = len(plan.at("patch_size").value)

    def made(value: object) -> JsonValue:
        return JsonValue(base.file, value, base.path)

    return family, {
        "n_stages": JsonValue(convs.file, stages, convs.path),
        "features_per_stage": made([min(first * 2 ** min(i, MOST_STAGES), limit) for i in range(stages)]),
        "conv_op": made(f"torch.nn.Conv{dims}d"),
        "kernel_sizes": plan.at("conv_kernel_sizes"),
        "strides": plan.at("pool_op_kernel_sizes"),
        {"plain": "n_conv_per_stage", "residual": "n_blocks_per_stage"}[family]: convs,
        "n_conv_per_stage_decoder": plan.at("n_conv_per_stage_decoder"),
        "conv_bias": made(True),
        "norm_op": made(f"torch.nn.InstanceNorm{dims}d"),
        "norm_op_kwargs": made({"eps": 1e-5, "affine": True}),
        "nonlin": made("torch.nn.LeakyReLU"),
    }


def _network(
    plan: Configuration,
    family: Literal["plain", "residual"],
    kwargs: Mapping[str, JsonValue],
    patch_size: Axes,
) -> PlannedNetwork:
    dims = len(patch_size)
    stages = kwargs["n_stages"].whole(minimum=2)
    if stages > MOST_STAGES:
        kwargs["n_stages"].refuse(f"must be at most {MOST_STAGES}", got=stages)
    if last_word(kwargs["conv_op"].text()) != f"Conv{dims}d":
        hint = f"patch_size has {dims} axes"
        kwargs["conv_op"].refuse(f"must be Conv{dims}d", got=kwargs["conv_op"].value, hint=hint)
    strides = per_stage(kwargs["strides"], stages, axes(dims))
    if set(strides[0]) != {1}:
        kwargs["strides"].items()[0].refuse(
            "must be 1 on every axis: a stride before the first stage cannot be said", got=list(strides[0])
        )
    encoder = kwargs["n_conv_per_stage" if family == "plain" else "n_blocks_per_stage"]
    filters = per_stage(kwargs["features_per_stage"], stages, JsonValue.whole)
    decoder = per_stage(kwargs["n_conv_per_stage_decoder"], stages - 1, JsonValue.whole)
    return PlannedNetwork(
        family=family,
        patch_size=patch_size,
        filters=filters,
        kernels=per_stage(kwargs["kernel_sizes"], stages, axes(dims)),
        strides=strides,
        convs=per_stage(encoder, stages, JsonValue.whole),
        decoder_convs=decoder[::-1],
        use_bias=_flag(kwargs, "conv_bias"),
        norm=norm_of(kwargs.get("norm_op"), kwargs.get("norm_op_kwargs"), dims),
        activation=activation_of(kwargs.get("nonlin"), kwargs.get("nonlin_kwargs")),
        dropout=dropout_of(kwargs.get("dropout_op"), kwargs.get("dropout_op_kwargs"), dims),
        nonlin_first=_flag(kwargs, "nonlin_first"),
        stem_filters=_optional(kwargs, "stem_channels", JsonValue.whole),
        bottleneck_ratio=_bottleneck(kwargs, filters),
        cascade=plan.get("previous_stage") is not None,
        batch_dice=(dice := plan.get("batch_dice")) is not None and dice.yes(),
    )


def _flag(kwargs: Mapping[str, JsonValue], key: str) -> bool:
    return bool(_optional(kwargs, key, JsonValue.yes))


def _optional(kwargs: Mapping[str, JsonValue], key: str, read: Callable[[JsonValue], T]) -> T | None:
    place = kwargs.get(key)
    return None if place is None or place.value is None else read(place)


def _bottleneck(kwargs: Mapping[str, JsonValue], filters: tuple[int, ...]) -> int | None:
    """By how much the inner channels of BottleneckD are fewer; None for BasicBlockD."""
    block = _optional(kwargs, "block", JsonValue.text)
    widths = _optional(kwargs, "bottleneck_channels", lambda place: place)
    if block is not None and last_word(block) not in ("BasicBlockD", "BottleneckD"):
        kwargs["block"].refuse("a block that cannot be said", got=block, hint="BasicBlockD or BottleneckD")
    if block is None or last_word(block) == "BasicBlockD":
        return None
    if widths is None:
        kwargs["block"].refuse("needs bottleneck_channels", got=block)
    inner: tuple[int, ...] = per_stage(widths, len(filters), JsonValue.whole)
    ratio = max(filters[0] // inner[0], 1)
    if tuple(max(width // ratio, 1) for width in filters) != inner:
        widths.refuse("must be features_per_stage divided by one whole number", got=list(inner))
    return ratio
