"""From a config to a recipe: every value spread out per level and per axis.

Nothing is checked here: what a value alone can tell, its field has checked; what several fields together
must satisfy, `unetgen.config.rules` has, and its lists are spread out by then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.parts.dropout import DropoutRates
from unetgen.parts.heads import Head, PooledHead
from unetgen.parts.per_level import entries
from unetgen.parts.recipe import Convolution, Fit, Recipe, Stage, Step, TaskHead
from unetgen.parts.tasks import Task
from unetgen.plan.tensor import TensorSpec


def recipe_of(config: UNetConfig, spread: LevelValues) -> Recipe:
    """The recipe that `config` describes; `spread` has its lists."""
    encoder = _encoder(config, spread)
    return Recipe(
        input=TensorSpec(config.input.sizes, config.input.channels, config.input.free),
        encoder=encoder,
        decoder=_decoder(config, spread, encoder),
        steps=tuple(
            Step(
                factor,
                encoder[level].conv,
                level,
                down=spread.downs[level],
                up=spread.ups[level],
                skip=spread.skips[level],
            )
            for level, factor in enumerate(spread.step_factors)
        ),
        head=config.head,
        stem=config.stem,
        bottleneck=config.bottleneck,
        num_classes=config.num_classes,
        fit=fit_of(config),
        interpolation=config.resize.interpolation,
        tasks=_tasks(config),
        pad_mode="edge" if config.resize.padding == "edge" else "constant",
        backbone=config.encoder,
        ends_at=config.topology.ends_at(config.depth),
        style=config.decoder.style if config.decoder else None,
        on_bottom=config.decoder is not None and config.decoder.on_bottom,
    )


def fit_of(config: UNetConfig) -> Fit:
    """What happens to sizes that do not divide: the config's policy, or the cropping of a skip that crops."""
    crops = any(skip.kind == "crop" for skip in entries(config.skip))
    cropped = crops and config.resize.policy == "refuse"
    return "centre_crop" if cropped else config.resize.policy


def _tasks(config: UNetConfig) -> tuple[TaskHead, ...]:
    return tuple(
        TaskHead(task.name, task.decoder == "own", _task_head(config.head, task), task.num_classes)
        for task in config.tasks
    )


def _task_head(main: Head, task: Task) -> Head | PooledHead:
    """The main head with the task's own kernel and activation, without deep supervision; or a pooled one."""
    if task.decoder == "pooled":
        return PooledHead(
            pooling=task.pooling,
            hidden=task.hidden,
            dropout=task.dropout,
            pre_activation=main.pre_activation,
            activation=task.activation,
        )
    return main.model_copy(
        update={"activation": task.activation, "kernel": task.kernel, "deep_supervision": None}
    )


def _encoder(config: UNetConfig, spread: LevelValues) -> tuple[Stage, ...]:
    initializer = config.kernel_initializer.call(always=("seed",))
    regularizer = config.kernel_regularizer.call() if config.kernel_regularizer else None
    return tuple(
        Stage(
            level=level,
            filters=spread.encoder_filters[level],
            block=spread.blocks[level],
            conv=Convolution(
                kernel=spread.kernels[level],
                padding=config.padding,
                order=config.order,
                norm=spread.norms[level],
                activation=spread.activations[level],
                use_bias=spread.biases[level],
                kernel_initializer=initializer,
                kernel_regularizer=regularizer,
                **_dropout(config.dropout, spread.dropout_rates[level]),
            ),
        )
        for level in range(config.depth)
    )


def _decoder(config: UNetConfig, spread: LevelValues, encoder: tuple[Stage, ...]) -> tuple[Stage, ...]:
    levels, decoder = config.depth - 1, config.decoder or Decoder()
    changes: list[dict[str, Any]] = [
        {
            "norm": spread.decoder_norms[level],
            "activation": spread.decoder_activations[level],
            "use_bias": spread.decoder_biases[level],
            "order": decoder.order or config.order,
        }
        for level in range(levels)
    ]
    if (kernels := spread.decoder_kernels) is not None:
        changes = [change | {"kernel": kernel} for change, kernel in zip(changes, kernels, strict=True)]
    if decoder.dropout is not None and (rates := spread.decoder_dropout_rates) is not None:
        changes = [
            change | _dropout(decoder.dropout, rate) for change, rate in zip(changes, rates, strict=True)
        ]
    return tuple(
        Stage(
            level=level,
            filters=spread.decoder_filters[level],
            block=spread.decoder_blocks[level],
            conv=replace(encoder[level].conv, **changes[level]),
        )
        for level in range(levels)
    )


def _dropout(dropout: DropoutRates, rate: float) -> dict[str, Any]:
    return {
        "dropout_rate": float(rate),
        "dropout_spatial": dropout.kind == "spatial",
        "dropout_at_end": dropout.place == "block_end",
    }
