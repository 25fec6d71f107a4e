"""What `fit.class_weights` must satisfy together with the network, before any mask is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.config.design import Design
from unetgen.data.checking import classes_of
from unetgen.errors import Problem
from unetgen.parts.training.crossentropy import BinaryLoss
from unetgen.parts.training.overlap import Overlap
from unetgen.runs.class_weights import ClassWeighting
from unetgen.runs.config import RunConfig
from unetgen.runs.takes import network_takes
from unetgen.runs.weighted import FIELD, losses_of, weighted_design
from unetgen.spelling import did_you_mean


def weights_problems(config: RunConfig, design: Design) -> Iterator[Problem]:
    """Everything in which the weights, the classes and the losses contradict each other."""
    said = config.fit.class_weights
    if said is None:
        return
    yield from _twice(design)
    yield from _of_one_class(design)
    if isinstance(said, ClassWeighting):
        return
    names = classes_of(config.data, {}, network_takes(design)).names  # numbers, where none are said
    strange = [name for name in said if name not in names]
    missing = [name for name in names if name not in said]
    for name in strange:
        yield Problem("names no class", (*FIELD, name), got=name, hint=did_you_mean(name, names) or None)
    if missing:
        yield Problem(f"has no weight for {', '.join(missing)}", FIELD, hint="name every class")
    if not strange and not missing and len(names) == max(2, design.config.num_classes):
        yield from _of_values([said[name] for name in names], design)


def _twice(design: Design) -> Iterator[Problem]:
    """Losses that have weights already."""
    fields = ("class_weights", "positive_weight") if design.config.num_classes == 1 else ("class_weights",)
    for loss in losses_of(design):
        for field in fields:
            if getattr(loss, field, None) is not None:
                what = f"the model's loss {loss.kind} has {field} already"
                yield Problem(what, FIELD, hint=f"leave out one of the two, this or {field} of the loss")


def _of_one_class(design: Design) -> Iterator[Problem]:
    """Losses of one class that cannot tell what is there from what is not, or do not care."""
    if design.config.num_classes > 1:
        return
    losses = losses_of(design)
    unweighable = [loss.kind for loss in losses if not isinstance(loss, BinaryLoss | Overlap)]
    if unweighable or not any(isinstance(loss, BinaryLoss) for loss in losses):
        kinds = ", ".join(unweighable or [loss.kind for loss in losses])
        hint = "set model.num_classes=2, or add binary_crossentropy to model.compile.loss"
        if unweighable:
            hint = "set model.num_classes=2, or leave it out"
        yield Problem(f"nothing of {kinds} over one class can be weighed", FIELD, hint=hint)


def _of_values(weights: Sequence[float], design: Design) -> Iterator[Problem]:
    """Weights that leave a loss nothing to learn from."""
    if design.config.num_classes == 1:
        if not all(weights):
            yield Problem("must be above 0 where the network has one class", FIELD, got=list(weights))
        return
    main = weighted_design(design, tuple(weights)).objectives[0]
    wrong = [each for each in main.training.problems(main.context) if each.path[-1] == "class_weights"]
    for message in dict.fromkeys(each.message for each in wrong):  # of several losses the same
        yield Problem(message, FIELD, got=list(weights))
