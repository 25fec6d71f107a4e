"""Lists per level, per axis and per convolution: each has as many entries as the config has of those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from unetgen.config.model import UNetConfig
from unetgen.config.recipe import at, decoder_filters, encoder_filters, step_factors
from unetgen.config.sections import Decoder
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.values import PerAxis, per_axis, per_level, per_level_axes

Check = Callable[[UNetConfig], Iterable[Problem]]
FILTERS = frozenset(
    {"depth", "base_filters", "filter_growth", "max_filters", "conv_widths", "filters", "block"}
)
"""The fields that say how many filters each convolution has."""


def _own(config: UNetConfig) -> Decoder:
    return config.decoder or Decoder()


def _optional_axes(kernel: PerAxis, dims: int) -> None:
    if kernel is not None:
        per_axis(kernel, dims)


def _task_kernels(config: UNetConfig) -> None:
    for index, task in enumerate(config.tasks):
        at(("tasks", index, "kernel"), _optional_axes, task.kernel, config.dims)


def _decoder_kernel(config: UNetConfig) -> None:
    if (kernel := _own(config).kernel) is not None:
        per_level_axes(kernel, config.depth - 1, config.dims, "decoder level")


def _decoder_dropout(config: UNetConfig) -> None:
    if (dropout := _own(config).dropout) is not None:
        per_level(dropout.rate, config.depth - 1, "decoder level")


def _hidden_kernel(config: UNetConfig) -> None:
    if (hidden := config.head.hidden) is not None:
        _optional_axes(hidden.kernel, config.dims)


def _up_conv_kernel(config: UNetConfig) -> None:
    if (conv := config.up.conv) is not None:
        _optional_axes(conv.kernel, config.dims)


def _decoder_block_kernel(config: UNetConfig) -> None:
    if (block := _own(config).block) is not None:
        _optional_axes(block.own_kernel, config.dims)


def _decoder_block(config: UNetConfig) -> None:
    if (block := _own(config).block) is not None:
        block.check_levels(config.depth - 1, "decoder level")


Spread = Callable[[UNetConfig], object]
_SPREADS: tuple[tuple[set[str], Path, Spread], ...] = (
    ({"kernel", "depth", "input"}, ("kernel",), lambda c: per_level_axes(c.kernel, c.depth, c.dims)),
    ({"dropout", "depth"}, ("dropout", "rate"), lambda c: per_level(c.dropout.rate, c.depth)),
    ({"head", "input"}, ("head", "kernel"), lambda c: _optional_axes(c.head.kernel, c.dims)),
    ({"head", "input"}, ("head", "hidden", "kernel"), _hidden_kernel),
    ({"tasks", "input"}, (), _task_kernels),
    ({"down", "depth", "input"}, (), step_factors),
    ({"down", "input"}, ("down", "kernel"), lambda c: _optional_axes(c.down.own_kernel, c.dims)),
    ({"up", "depth"}, ("up", "filters"), lambda c: per_level(c.up.filters, c.depth - 1, "step")),
    ({"up", "input"}, ("up", "kernel"), lambda c: _optional_axes(c.up.own_kernel, c.dims)),
    ({"up", "input"}, ("up", "conv", "kernel"), _up_conv_kernel),
    ({"decoder", "depth", "input"}, ("decoder", "kernel"), _decoder_kernel),
    ({"decoder", "depth"}, ("decoder", "dropout", "rate"), _decoder_dropout),
    ({"block", "depth"}, ("block",), lambda c: c.block.check_levels(c.depth)),
    ({"block", "input"}, ("block", "kernel"), lambda c: _optional_axes(c.block.own_kernel, c.dims)),
    ({"decoder", "depth"}, ("decoder", "block"), _decoder_block),
    ({"decoder", "input"}, ("decoder", "block", "kernel"), _decoder_block_kernel),
    ({*FILTERS}, (), encoder_filters),
    ({*FILTERS, "decoder", "topology"}, (), lambda c: decoder_filters(c, encoder_filters(c))),
)
"""The fields that it reads, where its problems belong, and the spreading that finds them."""


def _check(path: Path, spread: Spread) -> Check:
    def check(config: UNetConfig) -> Iterator[Problem]:
        try:
            spread(config)
        except Wrong as wrong:
            yield from wrong.under(*path).problems

    return check


LIST_CHECKS: tuple[tuple[frozenset[str], Check], ...] = tuple(
    (frozenset(fields), _check(path, spread)) for fields, path, spread in _SPREADS
)
