"""Batches that fit a config: targets made of class numbers, in the form its losses take, and random ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective, objectives
from unetgen.model.targets import check_labels, expected_targets
from unetgen.plan.graph import Plan, PlanError
from unetgen.plan.ops.base import Axes

Array = NDArray[Any]
Labels = Array | Mapping[str, Array]
"""Class numbers; with further tasks, those of each under its name, the main one's under ``main``."""
Targets = Array | dict[str, Array] | list[Array]
"""As `keras.Model.fit` takes it: an array, or with further tasks one under each one's name; or a list with
one for each output."""


def sample_batch(config: UNetConfig, plan: Plan, batch: int = 1, seed: int = 0) -> tuple[Array, Targets]:
    """Random inputs and targets that the model of `config` trains on; the same ones in both data formats.

    The inputs are normal and float32, in the data format of the config, at the reference size of free axes;
    every class is equally likely.
    """
    random = np.random.default_rng(seed)
    spec = plan.input.spec
    x = np.empty((batch, *spec.shape(config.input.data_format)), "float32")
    channels_last = np.moveaxis(x, config.class_axis, -1)
    for sample in channels_last:  # one at a time: the copy in the other order is a small one
        sample[...] = random.standard_normal(sample.shape, "float32")
    all_objectives = objectives(config)
    labels = {}
    for each, sizes in zip(all_objectives, _output_sizes(all_objectives, plan), strict=True):
        classes = max(each.context.num_classes, 2)  # a single class is there or not
        shape = (batch, *_label_sizes(plan, sizes[0]))
        labels[each.name] = random.integers(classes, size=shape, dtype="int32")
    return x, _targets(all_objectives, plan, labels)


def targets(config: UNetConfig, plan: Plan, labels: Labels, *, every_output: bool = False) -> Targets:
    """The targets of `labels`, the class number at every position of the input: ``(batch, *input.shape)``,
    any legal size on free axes. Those of a pooled task are of whole images: ``(batch,)``.

    One-hot in float32 or class numbers in int32, as the losses of the config take them, in its data format.
    Where the output is smaller than the input, they are those of its centre. A single class is 1 where it is,
    and 0 elsewhere. Where `ignore_class` is set, one-hot targets have that number in every channel. The model
    itself makes the targets of deep supervision's further outputs; with `every_output` they are all here,
    every n-th position of the main one's. Raises `ValueError` where `labels` has another shape, no whole
    numbers, or not one array for each task; and `TargetError`, which is one, where a number is neither that
    of a class nor ignored.
    """
    return _targets(objectives(config), plan, labels, every_output)


def _targets(
    all_objectives: Sequence[Objective], plan: Plan, labels: Labels, every_output: bool = False
) -> Targets:
    by_name = labels if isinstance(labels, Mapping) else {all_objectives[0].name: labels}
    if by_name.keys() != {each.name for each in all_objectives}:
        names = [each.name for each in all_objectives]
        raise ValueError(f"labels must be a mapping with one array for each of {names} (got {list(by_name)})")
    plan = _at_labels(plan, next(iter(by_name.values())))
    output_sizes = _output_sizes(all_objectives, plan)
    for each, sizes in zip(all_objectives, output_sizes, strict=True):
        _require_labels(by_name[each.name], _label_sizes(plan, sizes[0]))
    check_labels(expected_targets(all_objectives, plan, "channels_last"), by_name)
    mains: dict[str, Array] = {}
    per_output: list[Array] = []
    for each, sizes in zip(all_objectives, output_sizes, strict=True):
        centre = _centre(by_name[each.name], _label_sizes(plan, sizes[0]), sizes[0])
        mains[each.name] = _target(each, centre)
        if every_output:
            per_output += [
                mains[each.name],
                *(_target(each, _thinned(centre, size)) for size in sizes[1:]),
            ]
    if len(per_output) > 1:
        return per_output
    return mains if len(mains) > 1 else mains[all_objectives[0].name]


def _output_sizes(all_objectives: Sequence[Objective], plan: Plan) -> list[list[Axes]]:
    """The spatial sizes of each objective's outputs; none at all where they are of whole images."""
    sizes = [plan.by_name[name].spec.spatial for name in plan.outputs]
    ends = list(accumulate((each.outputs for each in all_objectives), initial=0))
    return [sizes[start:end] for start, end in pairwise(ends)]


def _label_sizes(plan: Plan, output: Axes) -> Axes:
    """Of labels that an output of this size is trained on."""
    return plan.input.spec.spatial if output else output


def _at_labels(plan: Plan, labels: Array) -> Plan:
    """`plan` at the size of `labels` on its free axes."""
    spec = plan.input.spec
    if not spec.free or labels.ndim != spec.dims + 1:
        return plan
    given = labels.shape[1:]
    size = tuple(given[axis] if axis in spec.free else n for axis, n in enumerate(spec.spatial))
    try:
        return plan.at(size)
    except PlanError:
        raise ValueError(f"labels: the network does not fit an input of this size (got {given})") from None


def _require_labels(labels: Array, spatial: Sequence[int]) -> None:
    if labels.shape[1:] != tuple(spatial) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers of shape {('batch', *spatial)} (got {labels.dtype} of shape "
            f"{labels.shape})"
        )


def _centre(labels: Array, spatial: Sequence[int], wanted: Sequence[int]) -> Array:
    return labels[(slice(None), *(_middle(size, of) for size, of in zip(wanted, spatial, strict=True)))]


def _middle(size: int, of: int) -> slice:
    start = (of - size) // 2
    return slice(start, start + size)


def _thinned(labels: Array, spatial: Sequence[int]) -> Array:
    for axis, size in enumerate(spatial, start=1):
        labels = labels.take(np.arange(size) * labels.shape[axis] // size, axis)
    return labels


def _target(objective: Objective, labels: Array) -> Array:
    context = objective.context
    if objective.training.targets(context) == "indices":
        return np.ascontiguousarray(np.expand_dims(labels, context.axis), dtype="int32")
    classes = np.arange(context.num_classes) if context.num_classes > 1 else np.ones(1)
    shape = [len(labels), *labels.shape[1:]]
    shape.insert(1 if context.axis == 1 else len(shape), len(classes))
    one_hot = np.empty(shape, "float32")
    channels = np.moveaxis(one_hot, context.axis, -1)
    np.equal(labels[..., None], classes, out=channels)
    ignored = objective.training.ignored
    if ignored is not None and not (context.num_classes > 1 and 0 <= ignored < context.num_classes):
        channels[labels == ignored] = ignored
    return one_hot
