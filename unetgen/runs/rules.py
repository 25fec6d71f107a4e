"""What the fields of a run must satisfy together: the network on one side, its images on the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.config.design import Design
from unetgen.errors import FREEZING, IGNORE_LABELS, Problem
from unetgen.runs.config import RunConfig
from unetgen.runs.frozen import frozen_layers, layers_with_weights, learning_parameters, matching
from unetgen.runs.weights_rules import weights_problems
from unetgen.spelling import nearest


def run_problems(config: RunConfig, design: Design) -> Iterator[Problem]:
    """Everything in which the run and its network contradict each other."""
    for rule in _RULES:
        yield from rule(config, design)


def _channels(config: RunConfig, design: Design) -> Iterator[Problem]:
    chosen, taken = config.data.channels, design.config.input.channels
    if chosen is not None and len(chosen) != taken:
        hint = f"choose {taken}, or set model.input.channels={len(chosen)}"
        yield Problem(
            f"the network takes {taken} channels", ("data", "channels"), got=list(chosen), hint=hint
        )


def _classes(config: RunConfig, design: Design) -> Iterator[Problem]:
    if config.data.labels is None:
        return
    names, taken = list(dict.fromkeys(config.data.labels.values())), design.config.num_classes
    if len(names) != taken and not (taken == 1 and len(names) == 2):
        hint = f"set model.num_classes={len(names)}"
        yield Problem(f"the network has {taken} classes", ("data", "labels"), got=names, hint=hint)


def _ignored(config: RunConfig, design: Design) -> Iterator[Problem]:
    if config.data.ignore is not None and design.config.compile.ignore_class is None:
        hint = "set model.compile.ignore_class=255, or another number that no class has"
        yield Problem(
            "the network's losses ignore no class",
            ("data", "ignore"),
            got=config.data.ignore,
            hint=hint,
            page=IGNORE_LABELS,
        )


def _patch(config: RunConfig, design: Design) -> Iterator[Problem]:
    asked, spec = config.data.patch.size, design.plan.input.spec
    if asked is None:
        return
    if isinstance(asked, int):
        asked = (asked,) * spec.dims
    if len(asked) != spec.dims:
        message = f"must have one number for each of the network's {spec.dims} spatial axes"
        yield Problem(message, ("data", "patch", "size"), got=list(asked))
        return
    for axis, (size, fixed) in enumerate(zip(asked, spec.spatial, strict=True)):
        legal = design.legal_sizes.get(axis)
        if legal is None and size != fixed:
            hint = "leave it out, or write null for this axis of model.input.shape"
            yield Problem(f"the network takes {fixed} there", ("data", "patch", "size", axis), size, hint)
        elif legal is not None and size not in legal:
            near = " and ".join(map(str, legal.near(size)))
            message = "is not a size that the network takes"
            yield Problem(message, ("data", "patch", "size", axis), size, hint=f"the nearest: {near}")


def _tasks(config: RunConfig, design: Design) -> Iterator[Problem]:
    if design.config.tasks:
        hint = "leave out model.tasks, or train from Python, where each task gets its own targets"
        yield Problem("a run has masks of one task alone", ("model",), hint=hint)


def _slices(config: RunConfig, design: Design) -> Iterator[Problem]:
    dims = design.config.dims
    if config.data.slices is not None and dims != 2:
        hint = "leave it out, or use a 2D network"
        yield Problem(
            f"slices are 2D, and the network is {dims}D", ("data", "slices"), config.data.slices, hint
        )


def _spacing(config: RunConfig, design: Design) -> Iterator[Problem]:
    spacing, dims = config.data.spacing, design.config.dims
    of_images = 3 if config.data.slices is not None else dims
    if spacing is not None and len(spacing) != of_images:
        message = f"must have one number for each of the images' {of_images} spatial axes"
        yield Problem(message, ("data", "spacing"), got=list(spacing))


def _rate(config: RunConfig, design: Design) -> Iterator[Problem]:
    rate = design.config.compile.optimizer["learning_rate"]
    if config.fit.schedule.kind != "constant" and not isinstance(rate, int | float):
        hint = "leave one of the two out"
        yield Problem(
            "the optimizer's learning rate is a schedule already",
            ("fit", "schedule"),
            got=config.fit.schedule.kind,
            hint=hint,
        )


def _normalize(config: RunConfig, design: Design) -> Iterator[Problem]:
    """Images that are normalized twice, or that are not what the network's preprocessing is for."""
    encoder, kind = design.config.encoder, config.data.normalize.kind
    if encoder is None or encoder.preprocess is None or kind not in _NORMALIZED:
        return
    means = (
        encoder.preprocess.mean if isinstance(encoder.preprocess.mean, tuple) else (encoder.preprocess.mean,)
    )
    most = max(map(abs, means))
    if kind == "zscore":
        hint = "set data.normalize=none, or {kind: scale}, or leave out model.encoder.preprocess"
        yield Problem("model.encoder.preprocess standardizes images too", ("data", "normalize"), kind, hint)
    elif most > 1:
        message = f"gives values from 0 to 1, and model.encoder.preprocess subtracts up to {most:g} from them"
        hint = "set data.normalize=none, or another mean, such as that of `torchvision`"
        yield Problem(message, ("data", "normalize"), kind, hint)


_NORMALIZED = ("zscore", "percentiles", "window")
"""Normalizations whose values are known, whatever is in the files."""


def _frozen(config: RunConfig, design: Design) -> Iterator[Problem]:
    frozen, plan = config.fit.frozen, design.plan
    if frozen is None:
        return
    strange = [
        Problem(
            "matches no layer with weights",
            ("fit", "frozen", index),
            got=pattern,
            hint=_near(pattern, layers_with_weights(plan)),
            page=FREEZING,
        )
        for index, pattern in enumerate(() if isinstance(frozen, str) else frozen)
        if not matching(pattern, plan)
    ]
    yield from strange
    shown = frozen if isinstance(frozen, str) else list(frozen)
    names = frozen_layers(frozen, plan)
    if not strange and names <= design.frozen:
        hint = "leave it out, or set model.encoder.frozen=null, for fit.thaw to let them learn later"
        yield Problem("model.encoder.frozen has all of them already", ("fit", "frozen"), shown, hint)
    elif not strange and not learning_parameters(names | design.frozen, plan):
        yield Problem("leaves nothing that learns", ("fit", "frozen"), got=shown, hint="freeze fewer layers")
    if design.config.compile.optimizer["use_ema"]:
        hint = "leave out use_ema of model.compile.optimizer"
        yield Problem(
            "an optimizer that averages all weights changes frozen ones too", ("fit", "frozen"), shown, hint
        )


def _near(pattern: str, names: Sequence[str]) -> str:
    """The layer that may have been meant, or all whose names begin alike."""
    words = (name.split("_") for name in names)
    beginnings = {"_".join(parts[:count]) for parts in words for count in range(1, len(parts))} - {*names}
    meant = nearest(pattern.strip("*"), [*names, *sorted(beginnings)])
    if meant is None:
        return f"`unetgen show` lists them, such as {names[0]} and {names[-1]}"
    return f"did you mean `{meant}{'_*' * (meant in beginnings)}`?"


def _thaw(config: RunConfig, design: Design) -> Iterator[Problem]:
    fit = config.fit
    if fit.thaw is None:
        return
    if fit.frozen is None:
        message, hint = "nothing is frozen that could thaw", "set fit.frozen, or leave it out"
        if design.frozen:
            message = "what model.encoder.frozen freezes never thaws"
            hint = "leave it out, or set model.encoder.frozen=null and fit.frozen=encoder"
        yield Problem(message, ("fit", "thaw"), got=fit.thaw, hint=hint)
    elif fit.thaw > fit.epochs:
        hint = "name an earlier one, or leave it out"
        yield Problem(f"there are only {fit.epochs} epochs", ("fit", "thaw"), got=fit.thaw, hint=hint)


_RULES = (
    *(_channels, _classes, _ignored, _patch, _tasks, _slices, _spacing, _rate, weights_problems),
    *(_normalize, _frozen, _thaw),
)
