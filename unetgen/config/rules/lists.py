"""Lists per level, per axis and per convolution: each has as many entries as the config has of those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from unetgen.config.draft import Draft
from unetgen.config.model import UNetConfig
from unetgen.errors import Path, Problem, Wrong, at
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.downs import AnyDown
from unetgen.parts.per_level import PerLevel, only, placed
from unetgen.parts.ups import AnyUp
from unetgen.parts.values import PerAxis, each, per_axis, per_level

Check = Callable[[Draft], Iterable[Problem]]
FILTERS = frozenset(
    {"depth", "base_filters", "filter_growth", "max_filters", "conv_widths", "filters", "block", "encoder"}
)
"""The fields that say how many filters each convolution has."""


Kernels = Iterator[tuple[Path, PerAxis]]
"""Kernels that parts have, with their places."""


def _up_kernels(config: UNetConfig) -> Kernels:
    for path, up in placed(("up",), config.up):
        yield from _of_up(path, up)


def _of_up(path: Path, up: AnyUp) -> Kernels:
    yield (*path, "kernel"), up.own_kernel
    conv = getattr(up, "conv", None)
    yield (*path, "conv", "kernel"), conv.kernel if conv else None


def _down_kernels(config: UNetConfig) -> Kernels:
    for path, down in placed(("down",), config.down):
        yield from _of_down(path, down)


def _of_down(path: Path, down: AnyDown) -> Kernels:
    yield (*path, "kernel"), down.own_kernel
    yield (*path, "window"), getattr(down, "window", None)


def _block_kernels(config: UNetConfig) -> Kernels:
    for path, block in placed(("block",), config.block):
        yield (*path, "kernel"), block.own_kernel


def _decoder_block_kernels(config: UNetConfig) -> Kernels:
    for path, block in placed(("decoder", "block"), config.decoder.block if config.decoder else None):
        yield (*path, "kernel"), block.own_kernel


def _head_kernels(config: UNetConfig) -> Kernels:
    head = config.head
    yield ("head", "kernel"), head.kernel
    yield ("head", "hidden", "kernel"), head.hidden.kernel if head.hidden else None


def _stem_kernels(config: UNetConfig) -> Kernels:
    if (stem := config.stem) is None:
        return
    yield ("stem", "kernel"), stem.kernel
    yield ("stem", "strides"), stem.strides
    if stem.down is not None:
        yield from _of_down(("stem", "down"), stem.down)
    if stem.up is not None:
        yield from _of_up(("stem", "up"), stem.up)


def _task_kernels(config: UNetConfig) -> Kernels:
    for index, task in enumerate(config.tasks):
        yield ("tasks", index, "kernel"), task.kernel


_KERNELS: Mapping[str, Callable[[UNetConfig], Kernels]] = {
    "head": _head_kernels,
    "tasks": _task_kernels,
    "stem": _stem_kernels,
    "down": _down_kernels,
    "up": _up_kernels,
    "block": _block_kernels,
    "decoder": _decoder_block_kernels,
}
"""By the field that has them."""


def _axes(kernels: Callable[[UNetConfig], Kernels]) -> Check:
    """That each kernel has a number per axis: what lowers its part spreads it out."""

    def check(draft: Draft) -> Iterator[Problem]:
        for path, kernel in kernels(draft.config):
            try:
                at(path, per_axis, kernel or 1, draft.config.dims)
            except Wrong as wrong:
                yield from wrong.problems

    return check


def _of_steps(field: Literal["down", "up"], name: str) -> Callable[[Draft], None]:
    """What the downs or the ups call `name`, which may be a list of one per step."""

    def check(draft: Draft) -> None:
        parts = getattr(draft.config, field)
        if isinstance(parts, tuple):
            at((field,), each, parts, lambda step: at((name,), only, getattr(step, name, None)))
        else:
            value = getattr(parts, name, None)
            at((field, name), per_level, value, draft.config.depth - 1, "step")

    return check


def _stem_down(draft: Draft) -> None:
    stem = draft.config.stem
    if stem is not None:
        at(("stem",), stem.factors, draft.config.dims)


def _stem_up(draft: Draft) -> None:
    stem = draft.config.stem
    if stem is not None and stem.up is not None:
        at(("stem", "up", "filters"), only, stem.up.filters)


def _block_lists(path: Path, block: PerLevel[AnyBlock], levels: int, noun: str = "level") -> None:
    if isinstance(block, tuple):
        at(path, each, block, lambda entry: entry.check_alone())
    else:
        at(path, block.check_levels, levels, noun)


def _encoder_blocks(draft: Draft) -> None:
    _block_lists(("block",), draft.config.block, draft.config.depth)


def _decoder_blocks(draft: Draft) -> None:
    decoder, levels = draft.config.decoder, draft.config.depth - 1
    if decoder is not None and decoder.block is not None:
        _block_lists(("decoder", "block"), decoder.block, levels, "decoder level")


def _of_decoder(field: str) -> Callable[[Draft], object]:
    return lambda draft: draft.values.of_decoder(field, getattr(draft.config.decoder, field, None))


_LISTS: tuple[tuple[set[str], Callable[[Draft], object]], ...] = (
    ({"kernel", "depth", "input"}, lambda draft: draft.values.kernels),
    ({"dropout", "depth"}, lambda draft: draft.values.dropout_rates),
    ({"norm", "depth"}, lambda draft: draft.values.norms),
    ({"activation", "depth"}, lambda draft: draft.values.activations),
    ({"use_bias", "depth"}, lambda draft: draft.values.biases),
    ({"down", "depth"}, lambda draft: draft.values.downs),
    ({"down", "depth", "input", "encoder"}, lambda draft: draft.values.step_factors),
    ({"up", "depth"}, lambda draft: draft.values.ups),
    ({"up", "depth"}, _of_steps("up", "filters")),
    ({"up", "depth"}, _of_steps("up", "expansion")),
    ({"down", "depth"}, _of_steps("down", "expansion")),
    ({"stem", "input"}, _stem_down),
    ({"stem"}, _stem_up),
    ({"skip", "depth"}, lambda draft: draft.values.skips),
    ({"decoder", "depth", "input"}, lambda draft: draft.values.decoder_kernels),
    ({"decoder", "depth"}, lambda draft: draft.values.decoder_dropout_rates),
    *(({"decoder", "depth"}, _of_decoder(each)) for each in ("block", "norm", "activation", "use_bias")),
    ({"decoder", "depth"}, _decoder_blocks),
    ({"block", "depth"}, lambda draft: draft.values.blocks),
    ({"block", "depth"}, _encoder_blocks),
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


LIST_CHECKS: tuple[tuple[frozenset[str], Check], ...] = (
    *((frozenset(fields), _check(read)) for fields, read in _LISTS),
    *((frozenset({field, "input"}), _axes(kernels)) for field, kernels in _KERNELS.items()),
)
