"""How many filters each convolution has, by all the fields that have a say in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.errors import Path, Wrong, at
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.per_level import PerLevel, only
from unetgen.parts.values import counted, each, per_level

Widths = tuple[tuple[int, ...], ...]
"""Per level, the filters of each convolution."""
_Counts = tuple[int | None, ...]
"""Per level, how many widths there are; None: as many as elsewhere is said."""


def encoder_filters(config: UNetConfig, blocks: Sequence[AnyBlock]) -> Widths:
    """The filters of every convolution of every encoder level, which have these `blocks`."""
    if config.encoder is not None:  # which has its own
        return ((),) * config.depth
    counts = _widths(("block",), config.block, config.depth, "level")
    if config.filters is not None:
        return at(("filters",), _outright, config.filters, counts, blocks)
    return tuple(
        _multiples(config, level, config.conv_widths, counts[level], blocks[level], ("conv_widths",))
        for level in range(config.depth)
    )


def decoder_filters(config: UNetConfig, blocks: Sequence[AnyBlock], encoder: Widths) -> Widths:
    """The filters of every convolution of every decoder level, which have these `blocks`."""
    levels, decoder = config.depth - 1, config.decoder or Decoder()
    counts = _decoder_widths(decoder, blocks)
    if config.encoder is not None:
        has_blocks = config.topology.has_decoder_blocks and any(block.kind != "none" for block in blocks)
        if decoder.filters is None and not has_blocks:
            return ((),) * levels
        if decoder.filters is None:
            hint = "beside `encoder`, say how many filters each level of the decoder has, the finest first"
            raise Wrong.of("missing", hint=hint, path=("decoder", "filters"))
        return at(("decoder", "filters"), _outright, decoder.filters, counts, blocks, "decoder level")
    usual = [config.topology.decoder_filters(level, encoder) for level in range(levels)]
    if decoder.filters is not None:
        mirrored = tuple(given or len(usual[level]) for level, given in enumerate(counts))
        return at(("decoder", "filters"), _outright, decoder.filters, mirrored, blocks, "decoder level")
    if decoder.conv_widths is not None:
        path = ("decoder", "conv_widths")
        return tuple(
            _multiples(config, level, decoder.conv_widths, counts[level], blocks[level], path)
            for level in range(levels)
        )
    return tuple((usual[level][-1],) * (given or len(usual[level])) for level, given in enumerate(counts))


def _widths(path: Path, block: PerLevel[AnyBlock], levels: int, noun: str) -> _Counts:
    """How many widths the `block` at `path` gives each level."""
    if isinstance(block, tuple):
        return at(path, each, block, lambda entry: at(("convs",), only, entry.widths))
    return at((*path, "convs"), per_level, block.widths, levels, noun)


def _decoder_widths(decoder: Decoder, blocks: Sequence[AnyBlock]) -> _Counts:
    """How many widths each decoder level has; None: as many as the same level of the encoder."""
    levels, noun, path = len(blocks), "decoder level", ("decoder", "convs")
    fixed = tuple(block.fixed_widths for block in blocks)
    if decoder.convs is None:
        of_block = (
            None if decoder.block is None else _widths(("decoder", "block"), decoder.block, levels, noun)
        )
        return of_block or fixed
    convs = at(path, per_level, decoder.convs, levels, noun)
    for block, given in zip(blocks, convs, strict=True):
        if block.fixed_widths not in (None, given):
            message = f"a {block.kind} block has {counted(block.fixed_widths, 'width')}, whatever this says"
            raise Wrong.of(message, got=decoder.convs, hint="leave it out", path=path)
    return convs


def _level_filters(config: UNetConfig, level: int) -> int:
    """filters(level): ``base_filters * filter_growth**level``, rounded, at most ``max_filters``."""
    if config.base_filters is None:
        raise Wrong.of("missing", hint="say how many filters the first level has", path=("base_filters",))
    filters = max(round(config.base_filters * config.filter_growth**level), 1)
    return filters if config.max_filters is None else min(filters, config.max_filters)


def _takes(block: AnyBlock, widths: int) -> str:
    if block.fixed_widths is None:
        return f"a block of {counted(widths, 'convolution')}"
    return f"a {block.kind} block, which has {counted(widths, 'width')}"


def _outright(filters: Any, counts: _Counts, blocks: Sequence[AnyBlock], noun: str = "level") -> Widths:
    rows = []
    for level, given in enumerate(per_level(filters, len(blocks), noun)):
        wanted = counts[level]
        row = given if isinstance(given, tuple) else (given,) * (wanted or 2)
        if wanted is not None and len(row) != wanted:
            message = f"has {counted(len(row), 'filter count')} for {_takes(blocks[level], wanted)}"
            raise Wrong.of(message, got=list(row), path=(level,))
        rows.append(row)
    return tuple(rows)


def _multiples(
    config: UNetConfig,
    level: int,
    multiples: tuple[float, ...] | None,
    wanted: int | None,
    block: AnyBlock,
    path: tuple[str, ...],
) -> tuple[int, ...]:
    if multiples is not None and wanted is not None and len(multiples) != wanted:
        message = f"has {counted(len(multiples), 'width')} for {_takes(block, wanted)}"
        raise Wrong.of(message, got=list(multiples), path=path)
    base = _level_filters(config, level)
    return tuple(max(round(base * width), 1) for width in multiples or (1,) * (wanted or 2))
