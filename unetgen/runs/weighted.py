"""What `fit.class_weights` comes to: a weight for each class of a run, and a network whose losses have them.

The weights go into `class_weights` of the losses that the model's config names, as if it said them. A loss of
a network of one class, which is there or not, takes them as the weight of its absence and, in
`positive_weight`, that of its presence against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from unetgen.config.design import Design
from unetgen.config.resolved import yaml_text
from unetgen.data.checking import Findings
from unetgen.errors import ConfigError, Problem
from unetgen.parts.training.crossentropy import BinaryLoss
from unetgen.parts.training.losses import LossKind
from unetgen.runs.class_weights import ClassCounts, ClassWeighting
from unetgen.runs.run import Run

FIELD = ("fit", "class_weights")
Weights = Mapping[str, float]
"""The weight of each class by its name, in the classes' order."""


def class_weights(run: Run, findings: Findings) -> Weights | None:
    """The weights of the classes of `run`, by what was found of its masks; None where it asks for none.

    Raises `ConfigError` where the masks that are learned from lack a class, of which no share says a weight.
    """
    said, names = run.config.fit.class_weights, findings.classes.names
    if said is None:
        return None
    if not isinstance(said, ClassWeighting):
        return {name: said[name] for name in names}
    counts = class_counts(findings, run.design.config.compile.ignore_class)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = said.weights(counts)
    if not np.isfinite(weights).all():
        absent = ", ".join(name for name, n in zip(names, counts.positions, strict=True) if not n)
        example = yaml_text(dict.fromkeys(names, 1))
        hint = f"name the weights, as `class_weights: {example}`, or leave it out"
        what = f"no position that is learned from has the class {absent}"
        raise ConfigError([Problem(what, FIELD, got=said.kind, hint=hint)])
    return dict(zip(names, map(float, weights), strict=True))


def weights_line(weights: Weights) -> str:
    """All weights in one line.

    >>> weights_line({"background": 0.5556, "cell": 5.0})
    'background 0.556, cell 5'
    """
    return ", ".join(f"{name} {weight:.3g}" for name, weight in weights.items())


def class_counts(findings: Findings, ignored: int | None = None) -> ClassCounts:
    """How often each class is in the masks of the training split, as their files have them.

    ignored: the number of a class that no loss learns from.
    """
    classes, train = findings.classes, set(findings.sides.train)
    counts = [
        classes.positions(facts.mask.counts)
        for facts in findings.survey.cases
        if facts.mask is not None and facts.case.name in train
    ]
    positions = np.array(counts, np.float64).reshape(-1, len(classes.names))
    if ignored is not None and 0 <= ignored < len(classes.names):
        positions[:, ignored] = 0
    return ClassCounts(positions.sum(0), ((positions > 0) * positions.sum(1, keepdims=True)).sum(0))


def weighted(run: Run, weights: Weights | None) -> Run:
    """`run` with a network whose losses weigh the classes: to be compiled, while its own config is saved."""
    if weights is None:
        return run
    return replace(run, design=weighted_design(run.design, tuple(weights.values())))


def weighted_design(design: Design, weights: tuple[float, ...]) -> Design:
    """The same plan, every loss with these weights, of absence and presence where there is one class."""
    training = design.config.compile
    losses = tuple(_weighted_loss(loss, weights, design) for loss in losses_of(design))
    loss = losses if isinstance(training.loss, tuple) else losses[0]
    compiled = training.model_copy(update={"loss": loss})
    return replace(design, config=design.config.model_copy(update={"compile": compiled}))


def _weighted_loss(loss: LossKind, weights: tuple[float, ...], design: Design) -> LossKind:
    if design.config.num_classes > 1:
        return loss.model_copy(update={"class_weights": weights})
    if not isinstance(loss, BinaryLoss):
        return loss  # of one class there is nothing to weigh
    absent, present = weights
    return loss.model_copy(update={"class_weights": (absent,), "positive_weight": present / absent})


def losses_of(design: Design) -> Sequence[LossKind]:
    """The losses of the main output."""
    main = design.objectives[0]
    return main.training.losses(main.context)
