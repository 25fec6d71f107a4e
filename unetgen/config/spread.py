"""From a config to a recipe: every value spread out per level and per axis.

Nothing is checked twice: what a value alone can tell, its field has checked; what several fields
together must satisfy, `unetgen.config.checks` has. Here a wrong number of entries raises `Wrong`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from unetgen.config.fields import Decoder
from unetgen.config.model import UNetConfig
from unetgen.errors import Wrong
from unetgen.parts.dropout import Dropout
from unetgen.parts.recipe import Convolution, Recipe, Stage, Step
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
        steps=tuple(Step(factor, encoder[level].conv) for level, factor in enumerate(steps)),
        down=config.down,
        up=config.up,
        skip=config.skip,
        head=config.head,
        stem=config.stem,
        bottleneck=config.bottleneck,
        num_classes=config.num_classes,
        fit=config.resize.policy,
        interpolation=config.resize.interpolation,
    )


def step_factors(config: UNetConfig) -> tuple[Axes, ...]:
    """The factor per axis of each step from a level to the next."""
    return at(("down", "size"), per_level_axes, config.down.size, config.depth - 1, config.dims, "step")


def at(path: tuple[str, ...], spread: Callable[..., T], *arguments: Any) -> T:
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
    convs = at(("block", "convs"), per_level, config.block.convs, levels)
    if config.filters is not None:
        return at(("filters",), _outright, config.filters, convs, levels)
    return tuple(
        _multiples(config, level, config.conv_widths, convs[level], ("conv_widths",))
        for level in range(levels)
    )


def decoder_filters(config: UNetConfig, encoder: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The filters of every convolution of every decoder level."""
    levels, decoder = config.depth - 1, config.decoder or Decoder()
    own = decoder.convs
    if own is None and decoder.block is not None:
        own = decoder.block.convs
    convs = at(("decoder", "convs"), per_level, own, levels, "decoder level")
    if decoder.filters is not None:
        mirrored = tuple(given or len(encoder[level]) for level, given in enumerate(convs))
        return at(("decoder", "filters"), _outright, decoder.filters, mirrored, levels, "decoder level")
    if decoder.conv_widths is not None:
        path = ("decoder", "conv_widths")
        return tuple(
            _multiples(config, level, decoder.conv_widths, convs[level], path) for level in range(levels)
        )
    return tuple((encoder[level][-1],) * (given or len(encoder[level])) for level, given in enumerate(convs))


def _outright(
    filters: Any, convs: tuple[int | None, ...], levels: int, noun: str = "level"
) -> tuple[tuple[int, ...], ...]:
    found = []
    for level, given in enumerate(per_level(filters, levels, noun)):
        wanted = convs[level]
        row = given if isinstance(given, tuple) else (given,) * (wanted or 2)
        if wanted is not None and len(row) != wanted:
            convolutions = counted(wanted, "convolution")
            message = f"has {counted(len(row), 'filter count')} for a block of {convolutions}"
            raise Wrong.of(message, got=list(row), path=(level,))
        found.append(row)
    return tuple(found)


def _multiples(
    config: UNetConfig,
    level: int,
    widths: tuple[float, ...] | None,
    convs: int | None,
    path: tuple[str, ...],
) -> tuple[int, ...]:
    if widths is not None and convs is not None and len(widths) != convs:
        message = f"has {counted(len(widths), 'width')} for a block of {counted(convs, 'convolution')}"
        raise Wrong.of(message, got=list(widths), path=path)
    base = level_filters(config, level)
    return tuple(max(round(base * width), 1) for width in widths or (1,) * (convs or 2))


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
