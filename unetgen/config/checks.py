"""What several fields of a config must satisfy together.

Each check names the fields that it reads: where one of them is wrong by itself, the check is left out
and the others still run, so that a user sees all problems of a file at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.config.spread import decoder_filters, encoder_filters, step_factors
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.training import OutputContext
from unetgen.parts.values import LARGEST, per_axis, per_level, per_level_axes

Check = Callable[[UNetConfig], Iterable[Problem]]


def _skip_axis(config: UNetConfig) -> Iterator[Problem]:
    axis_problem = getattr(config.skip, "axis_problem", None)
    if axis_problem and (problem := axis_problem(config.input.data_format, config.dims)):
        yield problem


def _spreading(config: UNetConfig) -> Iterator[Problem]:
    def spreads() -> Iterator[tuple[tuple[str, ...], Callable[[], object]]]:
        depth, dims, decoder = config.depth, config.dims, config.decoder
        yield ("kernel",), lambda: per_level_axes(config.kernel, depth, dims)
        yield ("dropout", "rate"), lambda: per_level(config.dropout.rate, depth)
        yield ("head", "kernel"), lambda: config.head.kernel and per_axis(config.head.kernel, dims)
        yield (), lambda: step_factors(config)
        yield ("down", "kernel"), lambda: _kernel(getattr(config.down, "kernel", None), dims)
        yield ("up", "kernel"), lambda: _kernel(getattr(config.up, "kernel", None), dims)
        up_conv = getattr(config.up, "conv", None)
        yield ("up", "conv", "kernel"), lambda: _kernel(getattr(up_conv, "kernel", None), dims)
        if decoder and decoder.kernel is not None:
            yield ("decoder", "kernel"), lambda: per_level_axes(decoder.kernel, depth - 1, dims)
        if decoder and decoder.dropout is not None:
            yield ("decoder", "dropout", "rate"), lambda: per_level(decoder.dropout.rate, depth - 1)  # type: ignore[union-attr]
        yield (), lambda: decoder_filters(config, encoder_filters(config))

    for path, spread in spreads():
        try:
            spread()
        except Wrong as wrong:
            yield from wrong.under(*path).problems


def _kernel(kernel: int | tuple[int, ...] | None, dims: int) -> None:
    if kernel is not None:
        per_axis(kernel, dims)


def _filters_fit(config: UNetConfig) -> Iterator[Problem]:
    try:
        widest = max(max(row) for row in encoder_filters(config))
    except Wrong:
        return
    if widest > LARGEST:
        hint = "set max_filters, or a smaller depth, base_filters or filter_growth"
        message = f"the widest convolution would have {widest:,} filters"
        yield Problem(message, path=("base_filters",), got=config.base_filters, hint=hint)


def _order(config: UNetConfig) -> Iterator[Problem]:
    rows: list[tuple[Path, Any, Any, Any, Any]] = [
        ((), config.order, config.norm, config.activation, config.dropout)
    ]
    if (decoder := config.decoder) is not None:
        rows.append(
            (
                ("decoder",),
                decoder.order or config.order,
                decoder.norm or config.norm,
                decoder.activation or config.activation,
                decoder.dropout or config.dropout,
            )
        )
    for path, order, norm, activation, dropout in rows:
        used = {
            "norm": norm.kind != "none",
            "activation": activation.name != "linear",
            "dropout": dropout.active and dropout.place == "every_conv",
        }
        for element, is_used in used.items():
            if is_used and element not in order:
                hint = f"add `{element}` to it" if element != "activation" else "or set `activation: linear`"
                message = f"leaves out {element}, which the config sets"
                yield Problem(message, path=(*path, "order"), got=list(order), hint=hint)


def _deep_supervision(config: UNetConfig) -> Iterator[Problem]:
    path = ("head", "deep_supervision")
    if (deep := config.head.deep_supervision) is None:
        return
    most = config.depth - 2
    if deep.levels > most:
        message = f"a network of depth {config.depth} has {most} coarser decoder levels"
        yield Problem(message, path=(*path, "levels"), got=deep.levels)
    if deep.weights is not None and len(deep.weights) != deep.levels + 1:
        message = f"has {len(deep.weights)} weights for {deep.levels + 1} outputs"
        yield Problem(message, path=(*path, "weights"), got=list(deep.weights))
    if config.resize.policy == "pad_and_crop" and not deep.upsample:
        hint = "set `upsample: true`, or another `resize` policy"
        yield Problem("heads of coarser levels cannot be cropped back to the input", path=path, hint=hint)


def _resize(config: UNetConfig) -> Iterator[Problem]:
    if config.padding == "valid" and config.resize.policy in ("pad_and_crop", "resize_to_skip"):
        message = "valid convolutions shrink every level, so sizes never meet"
        hint = "use `padding: same`, or `resize: refuse` or `centre_crop`"
        yield Problem(message, path=("resize", "policy"), got=config.resize.policy, hint=hint)


def _training(config: UNetConfig) -> Iterator[Problem]:
    for problem in config.compile.problems(output_context(config)):
        yield replace(problem, path=("compile", *problem.path))


def output_context(config: UNetConfig) -> OutputContext:
    """What losses and metrics need to know of the output."""
    return OutputContext(config.num_classes, config.class_axis, head_activation(config))


def head_activation(config: UNetConfig) -> str:
    """The activation of the output: the config's, else softmax, or sigmoid for one class."""
    if config.head.activation is not None:
        return str(config.head.activation.name)
    return "softmax" if config.num_classes > 1 else "sigmoid"


CHECKS: tuple[tuple[frozenset[str], Check], ...] = (
    (frozenset({"skip", "input"}), _skip_axis),
    (
        frozenset(
            [
                "input",
                "depth",
                "base_filters",
                "filter_growth",
                "max_filters",
                "conv_widths",
                "filters",
                "kernel",
                "dropout",
                "block",
                "down",
                "up",
                "decoder",
                "head",
            ]
        ),
        _spreading,
    ),
    (
        frozenset(
            {"depth", "base_filters", "filter_growth", "max_filters", "conv_widths", "filters", "block"}
        ),
        _filters_fit,
    ),
    (frozenset({"order", "norm", "activation", "dropout", "decoder"}), _order),
    (frozenset({"head", "depth", "resize"}), _deep_supervision),
    (frozenset({"padding", "resize"}), _resize),
    (frozenset({"compile", "num_classes", "head", "input"}), _training),
)


def cross_problems(config: UNetConfig, wrong_fields: frozenset[str] = frozenset()) -> tuple[Problem, ...]:
    """Everything that fields contradict each other about, apart from `wrong_fields`."""
    return tuple(
        problem for fields, check in CHECKS if not fields & wrong_fields for problem in check(config)
    )
