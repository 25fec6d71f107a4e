"""The lists of a config, spread out: what every level, axis and convolution has.

Each is spread out once, when it is first asked for, and raises `Wrong` where its entries are too many or too
few. The check of the lists and the making of the recipe ask for the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.errors import Path, Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.values import counted, per_level, per_level_axes
from unetgen.plan.ops.base import Axes

P = ParamSpec("P")
T = TypeVar("T")
Widths = tuple[tuple[int, ...], ...]
"""Per level, the filters of each convolution."""


@dataclass(frozen=True)
class LevelValues:
    """The lists of `config`; the problems of each have their paths from the top."""

    config: UNetConfig

    @cached_property
    def kernels(self) -> tuple[Axes, ...]:
        """The kernel of each level of the encoder."""
        config = self.config
        return at(("kernel",), per_level_axes, config.kernel, config.depth, config.dims)

    @cached_property
    def dropout_rates(self) -> tuple[float, ...]:
        """The rate of each level of the encoder."""
        return at(("dropout", "rate"), per_level, self.config.dropout.rate, self.config.depth)

    @cached_property
    def step_factors(self) -> tuple[Axes, ...]:
        """The factor per axis of each step from a level to the next."""
        config = self.config
        return at(("down", "size"), per_level_axes, config.down.size, config.depth - 1, config.dims, "step")

    @cached_property
    def decoder_kernels(self) -> tuple[Axes, ...] | None:
        """The kernel of each level of the decoder; None: the encoder's."""
        config = self.config
        if config.decoder is None or (kernel := config.decoder.kernel) is None:
            return None
        path, levels = ("decoder", "kernel"), config.depth - 1
        return at(path, per_level_axes, kernel, levels, config.dims, "decoder level")

    @cached_property
    def decoder_dropout_rates(self) -> tuple[float, ...] | None:
        """The rate of each level of the decoder; None: the encoder's."""
        config = self.config
        if config.decoder is None or (dropout := config.decoder.dropout) is None:
            return None
        return at(("decoder", "dropout", "rate"), per_level, dropout.rate, config.depth - 1, "decoder level")

    @cached_property
    def encoder_filters(self) -> Widths:
        """The filters of every convolution of every encoder level."""
        return _encoder_filters(self.config)

    @cached_property
    def decoder_filters(self) -> Widths:
        """The filters of every convolution of every decoder level."""
        return _decoder_filters(self.config, self.encoder_filters)


def at(path: Path, spread: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """``spread(*arguments)``, its problems put under `path`."""
    try:
        return spread(*arguments, **named)
    except Wrong as wrong:
        raise wrong.under(*path) from None


def _level_filters(config: UNetConfig, level: int) -> int:
    """filters(level): ``base_filters * filter_growth**level``, rounded, at most ``max_filters``."""
    if config.base_filters is None:
        raise Wrong.of("missing", hint="say how many filters the first level has", path=("base_filters",))
    filters = max(round(config.base_filters * config.filter_growth**level), 1)
    return filters if config.max_filters is None else min(filters, config.max_filters)


def _encoder_filters(config: UNetConfig) -> Widths:
    levels = config.depth
    widths = at(("block", "convs"), per_level, config.block.widths, levels)
    if config.filters is not None:
        return at(("filters",), _outright, config.filters, widths, config.block, levels)
    return tuple(
        _multiples(config, level, config.conv_widths, widths[level], config.block, ("conv_widths",))
        for level in range(levels)
    )


def _decoder_filters(config: UNetConfig, encoder: Widths) -> Widths:
    levels, decoder = config.depth - 1, config.decoder or Decoder()
    block = decoder.block or config.block
    widths = _decoder_widths(config, levels)
    usual = [config.topology.decoder_filters(level, encoder) for level in range(levels)]
    if decoder.filters is not None:
        mirrored = tuple(given or len(usual[level]) for level, given in enumerate(widths))
        return at(
            ("decoder", "filters"), _outright, decoder.filters, mirrored, block, levels, "decoder level"
        )
    if decoder.conv_widths is not None:
        path = ("decoder", "conv_widths")
        return tuple(
            _multiples(config, level, decoder.conv_widths, widths[level], block, path)
            for level in range(levels)
        )
    return tuple((usual[level][-1],) * (given or len(usual[level])) for level, given in enumerate(widths))


def _decoder_widths(config: UNetConfig, levels: int) -> tuple[int | None, ...]:
    """How many widths each decoder level has; None: as many as the same level of the encoder."""
    decoder = config.decoder or Decoder()
    block = decoder.block or config.block
    path: tuple[str, ...] = ("decoder", "convs")
    convs = decoder.convs
    if convs is None and decoder.block is not None:
        path, convs = ("decoder", "block", "convs"), block.widths
    if block.fixed_widths is not None:
        if decoder.convs is not None and set(at(path, per_level, convs, levels, "decoder level")) != {
            block.fixed_widths
        }:
            message = f"a {block.kind} block has {counted(block.fixed_widths, 'width')}, whatever this says"
            raise Wrong.of(message, got=decoder.convs, hint="leave it out", path=path)
        convs = block.fixed_widths
    return at(path, per_level, convs, levels, "decoder level")


def _takes(block: Block, widths: int) -> str:
    if block.fixed_widths is None:
        return f"a block of {counted(widths, 'convolution')}"
    return f"a {block.kind} block, which has {counted(widths, 'width')}"


def _outright(
    filters: Any, widths: tuple[int | None, ...], block: Block, levels: int, noun: str = "level"
) -> Widths:
    rows = []
    for level, given in enumerate(per_level(filters, levels, noun)):
        wanted = widths[level]
        row = given if isinstance(given, tuple) else (given,) * (wanted or 2)
        if wanted is not None and len(row) != wanted:
            message = f"has {counted(len(row), 'filter count')} for {_takes(block, wanted)}"
            raise Wrong.of(message, got=list(row), path=(level,))
        rows.append(row)
    return tuple(rows)


def _multiples(
    config: UNetConfig,
    level: int,
    multiples: tuple[float, ...] | None,
    wanted: int | None,
    block: Block,
    path: tuple[str, ...],
) -> tuple[int, ...]:
    if multiples is not None and wanted is not None and len(multiples) != wanted:
        message = f"has {counted(len(multiples), 'width')} for {_takes(block, wanted)}"
        raise Wrong.of(message, got=list(multiples), path=path)
    base = _level_filters(config, level)
    return tuple(max(round(base * width), 1) for width in multiples or (1,) * (wanted or 2))
