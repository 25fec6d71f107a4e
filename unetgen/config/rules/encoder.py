"""An encoder takes the place of fields of the way down, and needs a topology that can do with its levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unetgen.config.model import UNetConfig
from unetgen.errors import Problem
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
    if config.depth > encoder.most_levels:
        levels = counted(encoder.most_levels, "level")
        hint = f"use a depth of at most {encoder.most_levels}"
        yield Problem(f"{encoder.kind} has {levels}", ("depth",), got=config.depth, hint=hint)
    if not config.topology.takes_encoder:
        message = f"{config.topology.kind} makes its levels of blocks, and takes no encoder"
        yield Problem(message, ("encoder",), got=encoder.kind, hint="use `topology: unet`")
