"""A field that is set does something, or is refused: every field in every context.

The fields and the values come from the language itself: the examples of the reference, which cover every
field, and the types of each kind's own fields. A context is a config with one kind of one group, or one
policy.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

from tests.tiers import sampled, thorough
from unetgen.config.design import Design
from unetgen.config.schema.examples import BASE, FIELDS, KINDS
from unetgen.config.source import Source
from unetgen.config.validation import validate
from unetgen.errors import ConfigError, Problem
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.heads.deep_supervision import DeepSupervision
from unetgen.parts.norms import NORMS
from unetgen.parts.part import Part, kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.training import LOSSES, METRICS
from unetgen.parts.ups import UPS

Data = dict[str, Any]
GROUPS = {
    "block": BLOCKS, "bottleneck": BOTTLENECKS, "down": DOWNS, "norm": NORMS, "skip": SKIPS,
    "topology": TOPOLOGIES, "up": UPS,
}  # fmt: skip
POLICIES = ("refuse", "pad_and_crop", "resize_to_skip", "pad_to_skip", "centre_crop")
STRIDED = yaml.safe_load(KINDS["topology strided_unet"])
CONTEXTS: dict[str, Data] = {
    "plain": {},
    **{name: yaml.safe_load(text) for name, text in KINDS.items() if name.split()[0] in GROUPS},
    "filters": {"filters": [8, 16, 32], "base_filters": None},
    "strided, no decoder blocks": {
        **STRIDED,
        "topology": {"kind": "strided_unet", "decoder_blocks": False},
        "up": {"kind": "transposed", "filters": "skip"},
    },
    **{f"resize {policy}": {"resize": policy} for policy in POLICIES},
    **{
        f"fuse {fuse}": {"head": {"deep_supervision": {"levels": 2, "fuse": fuse}}}
        for fuse in ("none", "sum", "concat")
    },
    "valid": {"padding": "valid", "input": {"shape": [92, 92]}},
    "tasks": {"tasks": [{"name": "edges", "num_classes": 1, "loss": "dice"}]},
}
QUICK = (
    "plain",
    "block convnext",
    "filters",
    "strided, no decoder blocks",
    "resize resize_to_skip",
    "fuse none",
)

BOUNDS: dict[str, str] = {
    "max_filters": "binds where a level would be wider",
    "padding": "`torch` is `same` where no convolution is strided or even",
    "resize": "counts where a size does not divide",
    "resize.policy": "counts where a size does not divide",
    "resize.interpolation": "counts where a size does not divide",
    "resize.padding": "counts where a size does not divide",
    "norm.fallback": "counts where the groups do not divide",
    "topology.prune_to": "leaves out what is deeper, and a value of all leaves out nothing",
    "topology.reach": "leaves out what is farther, and a value of all leaves out nothing",
    "block.projection": "`always` is `when_needed` where every shortcut needs one",
}
"""Limits and policies, which do something where they are needed."""
NEEDED: dict[str, Data] = {
    "max_filters": {"max_filters": 9},
    "padding": {"padding": "torch", "down": "strided_conv"},
    "resize": {"resize": "pad_and_crop", "input": {"shape": [66, 66]}},
    "resize.policy": {"resize": {"policy": "pad_to_skip"}, "input": {"shape": [66, 66]}},
    "resize.interpolation": {
        "resize": {"policy": "resize_to_skip", "interpolation": "linear"},
        "input": {"shape": [66, 66]},
    },
    "resize.padding": {"resize": {"policy": "pad_to_skip", "padding": "zero"}, "input": {"shape": [66, 66]}},
    "norm.fallback": {"norm": {"kind": "group", "groups": 3, "fallback": 2}},
    "topology.prune_to": {"topology": {"kind": "unet_plus_plus", "prune_to": 1}},
    "topology.reach": {"depth": 4, "topology": {"kind": "dense_skip", "reach": 1}},
    "block.projection": {"block": {"kind": "residual", "projection": "always", "repeats": 2}},
    "decoder": {"decoder": {"convs": 1}},
    "decoder.block": {"decoder": {"block": "residual"}},
    "decoder.convs": {"decoder": {"convs": 3}},
    "decoder.conv_widths": {"decoder": {"conv_widths": [1, 2]}},
    "decoder.dropout": {"decoder": {"dropout": 0.1}},
    "decoder.kernel": {"decoder": {"kernel": 5}},
    "decoder.filters": {"decoder": {"filters": [6, 6]}},
    "decoder.use_bias": {"decoder": {"use_bias": False}},
    "decoder.order": {"norm": "batch", "decoder": {"order": ["norm", "activation", "conv"]}},
    "up.conv.norm": {"norm": "batch", "up": {"kind": "nearest", "conv": {"kernel": 3, "norm": False}}},
    "block.projection_norm": {"norm": "batch", "block": {"kind": "residual", "projection_norm": False}},
    "block.convs": {"block": {"kind": "plain", "convs": 3}},
    "down.window": {"down": {"kind": "max_pool", "window": 3}},
    "down.kernel": {"down": {"kind": "strided_conv", "kernel": 3}},
    "up.kernel": {"up": {"kind": "transposed", "kernel": 4}},
    "up.use_bias": {"up": {"kind": "transposed", "use_bias": False}},
    "up.filters": {"up": {"kind": "transposed", "filters": "keep"}},
    "head.deep_supervision.upsample": {"head": {"deep_supervision": {"levels": 1, "upsample": True}}},
    "depth": {"depth": 4},
    "dropout.rate": {"dropout": {"rate": 0.5}},
    "dropout": {"dropout": 0.5},
}
"""A context in which each of these fields does something."""
SAID_ANYWAY: dict[str, str] = {
    "decoder": "one convolution, no dropout: as the mirrored block has it in some contexts",
    "decoder.block": "the block that the mirror gives as well",
    "decoder.convs": "as many as the block has anyway",
    "decoder.conv_widths": "the widths that the mirror gives as well",
    "decoder.dropout": "no dropout, as there is none",
    "decoder.kernel": "the kernel that the mirror gives as well",
    "decoder.filters": "the filters that the mirror gives as well",
    "decoder.use_bias": "as the convolutions have it anyway",
    "decoder.order": "the order that the mirror gives as well",
    "up.conv.norm": "no norm, as there is none",
    "block.projection_norm": "no norm, as there is none",
    "block.convs": "as many as the widths are",
    "down.window": "as large as the step",
    "down.kernel": "as large as the step",
    "up.kernel": "the kernel that the kind has anyway",
    "up.use_bias": "as the convolutions have it anyway",
    "up.filters": "half of twice as many",
    "head.deep_supervision.upsample": "fused heads are up-sampled anyway",
    "depth": "under `prune_to`, which leaves the deeper level out",
    "dropout.rate": "under `prune_to`, which leaves the level of the rate out",
    "dropout": "no dropout at the levels that are left",
}
"""Values that say what holds anyway."""


def merged(data: Data, more: Data) -> Data:
    """`more` laid over `data`; another kind replaces a section whole."""
    out = copy.deepcopy(data)
    for key, value in more.items():
        old = out.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        if both and value.get("kind", old.get("kind")) == old.get("kind"):  # type: ignore[union-attr]
            out[key] = merged(old, value)  # type: ignore[arg-type]
        else:
            out[key] = copy.deepcopy(value)
    return out


def designed(data: Data) -> Design | tuple[Problem, ...]:
    try:
        return validate(Source("generated", copy.deepcopy(data)))
    except ConfigError as error:
        return error.problems


def said(design: Design) -> tuple[object, ...]:
    """All that a config leads to: the plan, what it is trained for and with, and how it computes."""
    config, trained = design.config, []
    for each in design.objectives:
        arguments = each.training.compile_arguments(each.context)
        trained.append((each.name, each.outputs, tuple(each.loss_weights), repr(arguments)))
    how = (repr(config.compile.optimizer.keras()), config.compile.jit_compile, config.execution, config.seed)
    return design.plan.nodes, design.plan.outputs, trained, how, config.input


class Trials:
    """What came of setting fields, one at a time."""

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self.without_effect: list[str] = []

    def set(self, field: str, base: Data, data: Data, label: str) -> None:
        before, after = designed(base), designed(data)
        if isinstance(before, tuple):
            self.counts["no such context"] += 1
        elif isinstance(after, tuple):
            self.counts["refused"] += 1
        elif after.config.to_dict() == before.config.to_dict():
            self.counts["said already"] += 1
        elif said(after) != said(before):
            self.counts["effective"] += 1
        elif field in BOUNDS or field in SAID_ANYWAY:
            self.counts["a bound that does not bind, or what holds anyway"] += 1
        else:
            self.counts["without effect"] += 1
            self.without_effect.append(f"{label}: {field}")


def of_reference(context: str) -> Trials:
    """Every field of the reference, with the value of its example, in one context."""
    trials, base = Trials(), merged(dict(BASE), CONTEXTS[context])
    for field, text in FIELDS.items():
        if field not in ("name", "source"):
            trials.set(field, base, merged(base, yaml.safe_load(text)), context)
    return trials


def values(model: type[Part], name: str) -> Iterator[object]:
    """Other values than the default that the field's type admits."""
    info = model.model_fields[name]

    def of(annotation: Any) -> Iterator[object]:
        if get_origin(annotation) is Literal:
            yield from (value for value in get_args(annotation) if value != info.default)
        elif annotation is bool:
            yield not info.default
        elif annotation is int and type(info.default) is not bool:
            yield 2 if not isinstance(info.default, int) or info.default == 1 else info.default + 1
        elif annotation is float:
            yield 0.25 if info.default != 0.25 else 0.5
        else:
            for inner in get_args(annotation):
                yield from of(inner)

    return of(info.annotation)


def of_kinds(group: str) -> Trials:
    """Every field of every kind of a group by itself, beside a norm and a dropout."""
    trials = Trials()
    for model in GROUPS[group]:
        kind = kind_of(model)
        example = yaml.safe_load(KINDS.get(f"{group} {kind}", f"{group}: {kind}"))
        needed = example[group] if isinstance(example[group], dict) else {}
        own = {
            key: value
            for key, value in needed.items()
            if model.model_fields[key].is_required() or key == "kind"
        }
        around = {key: value for key, value in example.items() if key != group}
        chosen = {**around, group: {"kind": kind, **own}}
        base = merged({**BASE, "norm": "batch", "dropout": 0.1}, chosen)
        if isinstance(
            designed(base), tuple
        ):  # ConvNeXt's block has a norm of its own; an order without dropout
            base = merged(dict(BASE), chosen)
        for name in model.model_fields:
            for value in values(model, name) if name != "kind" else ():
                trials.set(f"{group}.{name}", base, merged(base, {group: {name: value}}), kind)
    return trials


@pytest.mark.parametrize("context", sampled(CONTEXTS, first=QUICK))
def test_every_field_of_the_reference_does_something_or_is_refused(context: str) -> None:
    trials = of_reference(context)
    assert trials.without_effect == []
    assert trials.counts["effective"] >= 40, trials.counts


@pytest.mark.parametrize("group", GROUPS)
def test_every_field_of_a_kind_does_something_or_is_refused(group: str) -> None:
    trials = of_kinds(group)
    assert trials.without_effect == []
    assert trials.counts["no such context"] == 0, trials.counts


@pytest.mark.parametrize("upsample", [False, True])
@pytest.mark.parametrize("fuse", ["none", "sum", "concat"])
def test_every_field_of_deep_supervision_does_something_or_is_refused(fuse: str, upsample: bool) -> None:
    trials = Trials()
    base = merged(
        dict(BASE), {"head": {"deep_supervision": {"levels": 1, "fuse": fuse, "upsample": upsample}}}
    )
    for name in DeepSupervision.model_fields:
        for value in values(DeepSupervision, name):
            changed = merged(base, {"head": {"deep_supervision": {name: value}}})
            trials.set(f"head.deep_supervision.{name}", base, changed, fuse)
    assert trials.without_effect == []


@pytest.mark.parametrize(
    ("what", "kinds"), [("loss", LOSSES), ("metric", METRICS)], ids=["losses", "metrics"]
)
def test_every_field_of_a_loss_or_metric_does_something_or_is_refused(
    what: str, kinds: dict[str, type[Part]]
) -> None:
    trials = Trials()
    for kind, model in kinds.items():
        base = merged(dict(BASE), yaml.safe_load(KINDS[f"{what} {kind}"]))
        for name in model.model_fields:
            for value in values(model, name) if name != "kind" else ():
                chosen: Any = {"kind": kind, name: value}
                least, more = copy.deepcopy(base), copy.deepcopy(base)
                key = "loss" if what == "loss" else "metrics"
                least["compile"][key] = {"kind": kind} if what == "loss" else [{"kind": kind}]
                more["compile"][key] = chosen if what == "loss" else [chosen]
                trials.set(f"{what}.{kind}.{name}", least, more, kind)
    assert trials.without_effect == []


@pytest.mark.parametrize("field", [*BOUNDS, *SAID_ANYWAY])
def test_what_is_excused_does_something_where_it_is_needed(field: str) -> None:
    data = merged(dict(BASE), NEEDED[field])
    without = copy.deepcopy(data)
    holder = without
    *around, last = field.split(".")
    for name in around:
        holder = holder[name]
    if isinstance(holder[last], dict):
        del holder[last]
    else:
        holder.pop(last)
    with_it, plain = designed(data), designed(without)
    assert isinstance(with_it, Design), with_it
    assert isinstance(plain, tuple) or said(plain) != said(with_it)


@thorough
def test_nothing_is_without_effect() -> None:
    """The counts of all trials."""
    counts = Counter[str]()
    for trials in (*(of_reference(context) for context in CONTEXTS), *(of_kinds(group) for group in GROUPS)):
        counts += trials.counts
    print(f"{len(FIELDS)} fields, {len(CONTEXTS)} contexts: {dict(counts)}")
    assert counts["without effect"] == 0 and counts["effective"] > 3000 and counts["refused"] > 150


CASES = {
    "filters=[8,16,32] filter_growth=3": "filter_growth: does nothing beside `filters`, which gives",
    "filters=[8,16,32] max_filters=9": "max_filters: does nothing beside `filters`, which gives",
    "resize.interpolation=linear": "resize.interpolation: is for the policy resize_to_skip",
    "resize={policy: pad_to_skip, interpolation: linear}": "interpolation: is for the policy resize_to_skip",
    "head.deep_supervision={levels: 1, sides: false}": "head.deep_supervision.sides: is for `fuse: concat`",
    "head.deep_supervision={levels: 1, interpolation: nearest}": "no head is up-sampled",
    "block=convnext activation=tanh": "activation: does nothing: the block convnext has its own",
    "block=convnext order=[norm,conv,activation]": "order: does nothing: the block convnext has its own",
    "block={kind: residual, shortcut_pool: average}": "shortcut_pool: does nothing: no shortcut",
    "block={kind: plain, kernels: 5} kernel=1": "kernel: does nothing: the block's `kernels` say them",
    "block={kind: plain, squeeze_excitation: {kind: spatial, ratio: 2}}": "does nothing: the gate is spatial",
    "skip={kind: attention, join: add, order: skip_first}": "skip.order: does nothing: the skip is added",
    "block=dense decoder.convs=3": "decoder.convs: a dense block has 1 width",
}


@pytest.mark.parametrize("settings", CASES)
def test_the_refusal_names_the_field_and_its_hint_works(settings: str) -> None:
    import unetgen

    def problems(overrides: list[str]) -> list[Problem]:
        try:
            unetgen.load("quickstart2d", overrides=["depth=3", "base_filters=null", "norm=none", *overrides])
        except ConfigError as error:
            return list(error.problems)
        return []

    overrides = settings.replace("] ", "]\n").replace("} ", "}\n").replace("convnext ", "convnext\n")
    overrides = overrides.replace("dense ", "dense\n")
    base = [] if "filters=[" in settings else ["base_filters=8"]
    (problem,) = problems([*base, *overrides.split("\n")])
    assert CASES[settings] in str(problem)
    assert str(problem.hint).startswith("leave")
    path = problem.dotted_path
    assert problems([*base, *overrides.split("\n"), f"~{path}"]) == []
