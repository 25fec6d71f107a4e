"""Lists per level, per axis and per convolution: each has as many entries as the config has of those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from unetgen.config.draft import Draft
from unetgen.config.level_values import at
from unetgen.config.model import UNetConfig
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.values import PerAxis, per_axis, per_level

Check = Callable[[Draft], Iterable[Problem]]
FILTERS = frozenset(
    {"depth", "base_filters", "filter_growth", "max_filters", "conv_widths", "filters", "block"}
)
"""The fields that say how many filters each convolution has."""


def _optional_axes(kernel: PerAxis, dims: int) -> None:
    if kernel is not None:
        per_axis(kernel, dims)


def _axes(path: Path, kernel: Callable[[UNetConfig], PerAxis]) -> Callable[[Draft], None]:
    """The kernel of a part, where it has one: what lowers the part spreads it out."""
    return lambda draft: at(path, _optional_axes, kernel(draft.config), draft.config.dims)


def _task_kernels(draft: Draft) -> None:
    for index, task in enumerate(draft.config.tasks):
        at(("tasks", index, "kernel"), _optional_axes, task.kernel, draft.config.dims)


def _up_filters(draft: Draft) -> None:
    at(("up", "filters"), per_level, draft.config.up.filters, draft.config.depth - 1, "step")


def _decoder_block_kernel(config: UNetConfig) -> PerAxis:
    block = config.decoder.block if config.decoder else None
    return block.own_kernel if block else None


def _block_lists(draft: Draft) -> None:
    at(("block",), draft.config.block.check_levels, draft.config.depth)


def _decoder_block_lists(draft: Draft) -> None:
    decoder = draft.config.decoder
    if decoder is not None and decoder.block is not None:
        at(("decoder", "block"), decoder.block.check_levels, draft.config.depth - 1, "decoder level")


_LISTS: tuple[tuple[set[str], Callable[[Draft], object]], ...] = (
    ({"kernel", "depth", "input"}, lambda draft: draft.values.kernels),
    ({"dropout", "depth"}, lambda draft: draft.values.dropout_rates),
    ({"head", "input"}, _axes(("head", "kernel"), lambda c: c.head.kernel)),
    (
        {"head", "input"},
        _axes(("head", "hidden", "kernel"), lambda c: c.head.hidden.kernel if c.head.hidden else None),
    ),
    ({"tasks", "input"}, _task_kernels),
    ({"down", "depth", "input"}, lambda draft: draft.values.step_factors),
    ({"down", "input"}, _axes(("down", "kernel"), lambda c: c.down.own_kernel)),
    ({"up", "depth"}, _up_filters),
    ({"up", "input"}, _axes(("up", "kernel"), lambda c: c.up.own_kernel)),
    ({"up", "input"}, _axes(("up", "conv", "kernel"), lambda c: c.up.conv.kernel if c.up.conv else None)),
    ({"decoder", "depth", "input"}, lambda draft: draft.values.decoder_kernels),
    ({"decoder", "depth"}, lambda draft: draft.values.decoder_dropout_rates),
    ({"block", "depth"}, _block_lists),
    ({"block", "input"}, _axes(("block", "kernel"), lambda c: c.block.own_kernel)),
    ({"decoder", "depth"}, _decoder_block_lists),
    ({"decoder", "input"}, _axes(("decoder", "block", "kernel"), _decoder_block_kernel)),
    ({*FILTERS}, lambda draft: draft.values.encoder_filters),
    ({*FILTERS, "decoder", "topology"}, lambda draft: draft.values.decoder_filters),
)
"""The fields that it reads, and what raises `Wrong` where a list does not fit."""


def _check(read: Callable[[Draft], object]) -> Check:
    def check(draft: Draft) -> Iterator[Problem]:
        try:
            read(draft)
        except Wrong as wrong:
            yield from wrong.problems

    return check


LIST_CHECKS: tuple[tuple[frozenset[str], Check], ...] = tuple(
    (frozenset(fields), _check(read)) for fields, read in _LISTS
)
