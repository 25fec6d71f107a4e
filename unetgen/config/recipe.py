"""From a config to a recipe: every value spread out per level and per axis.

Nothing is checked twice: what a value alone can tell, its field has checked; what several fields
together must satisfy, `unetgen.config.rules` has. Here a wrong number of entries raises `Wrong`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.errors import Path, Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.dropout import Dropout
from unetgen.parts.recipe import Convolution, Fit, Recipe, Stage, Step, TaskHead
from unetgen.parts.values import counted, per_level, per_level_axes
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec

T = TypeVar("T")


def recipe_of(config: UNetConfig) -> Recipe:
    """The recipe that `config` describes."""
    encoder = _encoder(config)
    steps = step_factors(config)
    return Recipe(
        input=TensorSpec(config.input.shape, config.input.channels),
        encoder=encoder,
        decoder=_decoder(config, encoder),
        steps=tuple(Step(factor, encoder[level].conv, level) for level, factor in enumerate(steps)),
        down=config.down,
        up=config.up,
        skip=config.skip,
        head=config.head,
        stem=config.stem,
        bottleneck=config.bottleneck,
        num_classes=config.num_classes,
        fit=fit_of(config),
        interpolation=config.resize.interpolation,
        tasks=_tasks(config),
        pad_mode="edge" if config.resize.padding == "edge" else "constant",
    )


def fit_of(config: UNetConfig) -> Fit:
    """What happens to sizes that do not divide: the config's policy, or the cropping of a skip that crops."""
    cropped = config.skip.kind == "crop" and config.resize.policy == "refuse"
    return "centre_crop" if cropped else config.resize.policy


def _tasks(config: UNetConfig) -> tuple[TaskHead, ...]:
    """Each task's head is the main one's with its own kernel and activation, and without deep supervision."""
    return tuple(
        TaskHead(
            name=task.name,
            own_decoder=task.decoder == "own",
            head=config.head.model_copy(
                update={"activation": task.activation, "kernel": task.kernel, "deep_supervision": None}
            ),
            num_classes=task.num_classes,
        )
        for task in config.tasks
    )


def step_factors(config: UNetConfig) -> tuple[Axes, ...]:
    """The factor per axis of each step from a level to the next."""
    return at(("down", "size"), per_level_axes, config.down.size, config.depth - 1, config.dims, "step")


def at(path: Path, spread: Callable[..., T], *arguments: Any) -> T:
    """``spread(*arguments)``, its problems put under `path`."""
    try:
        return spread(*arguments)
    except Wrong as wrong:
        raise wrong.under(*path) from None


def level_filters(config: UNetConfig, level: int) -> int:
    """filters(level): ``base_filters * filter_growth**level``, rounded, at most ``max_filters``."""
    if config.base_filters is None:
        raise Wrong.of("missing", hint="say how many filters the first level has", path=("base_filters",))
    filters = max(round(config.base_filters * config.filter_growth**level), 1)
    return filters if config.max_filters is None else min(filters, config.max_filters)


def encoder_filters(config: UNetConfig) -> tuple[tuple[int, ...], ...]:
    """The filters of every convolution of every encoder level."""
    levels = config.depth
    widths = at(("block", "convs"), per_level, config.block.widths, levels)
    if config.filters is not None:
        return at(("filters",), _outright, config.filters, widths, config.block, levels)
    return tuple(
        _multiples(config, level, config.conv_widths, widths[level], config.block, ("conv_widths",))
        for level in range(levels)
    )


def decoder_filters(config: UNetConfig, encoder: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The filters of every convolution of every decoder level."""
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
    own = decoder.convs
    if own is None and decoder.block is not None:
        path, own = ("decoder", "block", "convs"), block.widths
    if block.fixed_widths is not None:
        if decoder.convs is not None and set(at(path, per_level, own, levels, "decoder level")) != {
            block.fixed_widths
        }:
            message = f"a {block.kind} block has {counted(block.fixed_widths, 'width')}, whatever this says"
            raise Wrong.of(message, got=decoder.convs, hint="leave it out", path=path)
        own = block.fixed_widths
    return at(path, per_level, own, levels, "decoder level")


def _takes(block: Block, widths: int) -> str:
    if block.fixed_widths is None:
        return f"a block of {counted(widths, 'convolution')}"
    return f"a {block.kind} block, which has {counted(widths, 'width')}"


def _outright(
    filters: Any, widths: tuple[int | None, ...], block: Block, levels: int, noun: str = "level"
) -> tuple[tuple[int, ...], ...]:
    found = []
    for level, given in enumerate(per_level(filters, levels, noun)):
        wanted = widths[level]
        row = given if isinstance(given, tuple) else (given,) * (wanted or 2)
        if wanted is not None and len(row) != wanted:
            message = f"has {counted(len(row), 'filter count')} for {_takes(block, wanted)}"
            raise Wrong.of(message, got=list(row), path=(level,))
        found.append(row)
    return tuple(found)


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
    base = level_filters(config, level)
    return tuple(max(round(base * width), 1) for width in multiples or (1,) * (wanted or 2))


def _encoder(config: UNetConfig) -> tuple[Stage, ...]:
    levels = config.depth
    filters = encoder_filters(config)
    kernels = at(("kernel",), per_level_axes, config.kernel, levels, config.dims)
    rates = at(("dropout", "rate"), per_level, config.dropout.rate, levels)
    initializer = config.kernel_initializer.call(always=("seed",))
    regularizer = config.kernel_regularizer.call() if config.kernel_regularizer else None
    return tuple(
        Stage(
            level=level,
            filters=filters[level],
            block=config.block,
            conv=Convolution(
                kernel=kernels[level],
                padding=config.padding,
                order=config.order,
                norm=config.norm,
                activation=config.activation,
                use_bias=config.use_bias,
                kernel_initializer=initializer,
                kernel_regularizer=regularizer,
                **_dropout(config.dropout, rates[level]),
            ),
        )
        for level in range(levels)
    )


def _decoder(config: UNetConfig, encoder: tuple[Stage, ...]) -> tuple[Stage, ...]:
    levels, decoder = config.depth - 1, config.decoder or Decoder()
    filters = decoder_filters(config, tuple(stage.filters for stage in encoder))
    changes: list[dict[str, Any]] = [{} for _ in range(levels)]
    for name in ("norm", "activation", "order", "use_bias"):
        if (value := getattr(decoder, name)) is not None:
            changes = [change | {name: value} for change in changes]
    if decoder.kernel is not None:
        kernels = at(("decoder", "kernel"), per_level_axes, decoder.kernel, levels, config.dims)
        changes = [change | {"kernel": kernel} for change, kernel in zip(changes, kernels, strict=True)]
    if decoder.dropout is not None:
        rates = at(("decoder", "dropout", "rate"), per_level, decoder.dropout.rate, levels)
        changes = [
            change | _dropout(decoder.dropout, rate) for change, rate in zip(changes, rates, strict=True)
        ]
    return tuple(
        Stage(
            level=level,
            filters=filters[level],
            block=decoder.block or config.block,
            conv=replace(encoder[level].conv, **changes[level]),
        )
        for level in range(levels)
    )


def _dropout(dropout: Dropout, rate: float) -> dict[str, Any]:
    return {
        "dropout_rate": float(rate),
        "dropout_spatial": dropout.kind == "spatial",
        "dropout_at_end": dropout.place == "block_end",
    }
