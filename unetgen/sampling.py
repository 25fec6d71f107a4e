"""Batches that fit a config: targets made of class numbers, in the form its losses take, and random ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetgen.config.checks import output_context
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan

Array = NDArray[Any]
Targets = Array | list[Array]
"""As `keras.Model.fit` takes it: an array, or with deep supervision one for each output."""


def sample_batch(config: UNetConfig, plan: Plan, batch: int = 1, seed: int = 0) -> tuple[Array, Targets]:
    """Random inputs and targets that the model of `config` trains on; the same ones in both data formats.

    The inputs are normal and float32, in the data format of the config; every class is equally likely.
    """
    random = np.random.default_rng(seed)
    spec = plan.input.spec
    x = np.empty((batch, *spec.shape(config.input.data_format)), "float32")
    channels_last = np.moveaxis(x, config.class_axis, -1)
    for sample in channels_last:  # one at a time: the copy in the other order is a small one
        sample[...] = random.standard_normal(sample.shape, "float32")
    classes = max(config.num_classes, 2)  # a single class is there or not
    labels = random.integers(classes, size=(batch, *spec.spatial), dtype="int32")
    return x, targets(config, plan, labels)


def targets(config: UNetConfig, plan: Plan, labels: Array) -> Targets:
    """The targets of `labels`, the class number at every position of the input: ``(batch, *input.shape)``.

    One-hot in float32 or class numbers in int32, as the losses of the config take them, in its data format.
    Where the output is smaller than the input, they are those of its centre. A coarser output of deep
    supervision gets every n-th position of the main one's. With a single class, 1 is the class and all
    else is not; with more, a number that is no class is one-hot all zero. Raises `ValueError` where `labels`
    has another shape or no whole numbers.
    """
    spatial = plan.input.spec.spatial
    if labels.shape[1:] != spatial or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers of shape {('batch', *spatial)} (got {labels.dtype} of shape "
            f"{labels.shape})"
        )
    main, *coarser = (plan.by_name[name].spec.spatial for name in plan.outputs)
    centre = labels[(slice(None), *(_middle(size, of) for size, of in zip(main, spatial, strict=True)))]
    every = [_target(config, centre), *(_target(config, _thinned(centre, sizes)) for sizes in coarser)]
    return every if coarser else every[0]


def _middle(size: int, of: int) -> slice:
    start = (of - size) // 2
    return slice(start, start + size)


def _thinned(labels: Array, spatial: Sequence[int]) -> Array:
    for axis, size in enumerate(spatial, start=1):
        labels = labels.take(np.arange(size) * labels.shape[axis] // size, axis)
    return labels


def _target(config: UNetConfig, labels: Array) -> Array:
    first, *_ = config.compile.losses(output_context(config))  # all losses and metrics take the same
    if first.targets == "indices":
        return np.ascontiguousarray(np.expand_dims(labels, config.class_axis), dtype="int32")
    classes = np.arange(config.num_classes) if config.num_classes > 1 else np.ones(1)
    shape = [len(labels), *labels.shape[1:]]
    shape.insert(1 if config.class_axis == 1 else len(shape), len(classes))
    one_hot = np.empty(shape, "float32")
    np.equal(labels[..., None], classes, out=np.moveaxis(one_hot, config.class_axis, -1))
    return one_hot
