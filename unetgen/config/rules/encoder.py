"""An encoder takes the place of fields of the way down, and needs a topology that can do with its levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unetgen.config.model import UNetConfig
from unetgen.errors import Problem
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.per_level import placed
from unetgen.parts.values import counted

_DECODERS = "leave it out; `decoder.filters` has the filters of the decoder"
REPLACED: Mapping[str, str] = {
    "base_filters": _DECODERS,
    "filter_growth": _DECODERS,
    "max_filters": _DECODERS,
    "conv_widths": _DECODERS,
    "filters": _DECODERS,
    "stem": "leave it out: the encoder has its own",
    "block": "leave it out; `decoder.block` has that of the decoder",
    "down": "leave it out: the encoder halves the size from level to level",
}
"""What an encoder has of its own, and what to do instead."""


def encoder_problems(config: UNetConfig) -> Iterator[Problem]:
    """Fields beside an encoder that it replaces, and what it does not fit."""
    encoder = config.encoder
    if encoder is None:
        return
    for name, hint in REPLACED.items():
        value = getattr(config, name)
        if value != UNetConfig.model_fields[name].default:
            got = getattr(value, "kind", value)
            yield Problem("does nothing beside `encoder`, which has its own", (name,), got=got, hint=hint)
    for path, skip in placed(("skip",), config.skip):
        if skip.takes != "end":
            message = "the encoder chooses what it hands over"
            yield Problem(message, (*path, "take"), got=skip.takes, hint="leave it out")
    if config.depth > encoder.most_levels:
        levels = counted(encoder.most_levels, "level")
        hint = f"use a depth of at most {encoder.most_levels}"
        yield Problem(f"{encoder.kind} has {levels}", ("depth",), got=config.depth, hint=hint)
    yield from _channel_problems(config, encoder)
    stride = getattr(encoder, "output_stride", None)
    if stride is not None and 2 ** (config.depth - 1) <= stride:
        message = f"leaves a network of depth {config.depth} as it is"
        yield Problem(message, ("encoder", "output_stride"), got=stride, hint="leave it out")
    if not config.topology.takes_encoder:
        message = f"{config.topology.kind} makes its levels of blocks, and takes no encoder"
        yield Problem(message, ("encoder",), got=encoder.kind, hint="use `topology: unet`")


def _channel_problems(config: UNetConfig, encoder: Encoder) -> Iterator[Problem]:
    """Images of as many channels as the preprocessing has no values for."""
    taken = None if encoder.preprocess is None else encoder.preprocess.channels
    if taken is not None and config.input.channels not in (1, taken):
        several = f"{taken} channels" + ("" if taken == 1 else ", or one, which is repeated")
        hint = "leave it out, or give `mean` and `std` one value for each channel"
        path = ("encoder", "preprocess")
        message = f"is for images of {several}; the input has {config.input.channels}"
        yield Problem(message, path, hint=hint)
