"""A field that is set and does nothing is refused by name; the advice, followed, gives the same network."""

from __future__ import annotations

import re

import pytest

import unetgen
from unetgen.config import lowering
from unetgen.config.bundled import bundled_configs
from unetgen.config.design import Design
from unetgen.config.loader import from_dict, load_design
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import to_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.plan.builder import Builder

STRIDED = (
    "topology={kind: strided_unet, decoder_blocks: false}",
    "down={kind: strided_conv, into_block: true}",
)
NO_EFFECT = {
    ("filters=[8,16,32,64]",): {"base_filters"},
    ("filters=[8,16,32,64]", "filter_growth=3", "max_filters=99", "conv_widths=[1,2]"): {
        "base_filters",
        "filter_growth",
        "max_filters",
        "conv_widths",
    },
    ("block=convnext",): {"norm"},
    ("block=naf",): {"norm"},
    (
        "block={kind: cmunext_fusion, kernel: 5}",
        "kernel=7",
        "activation=silu",
        "order=[conv,activation,norm]",
    ): {
        "kernel",
        "activation",
        "order",
    },
    ("block=convnext", "norm=none", "kernel=5", "activation=silu", "order=[norm,conv,activation]"): {
        "kernel",
        "activation",
        "order",
    },
    (*STRIDED, "decoder={convs: 1, norm: instance, use_bias: false, block: residual, kernel: 1}"): {
        "decoder.convs",
        "decoder.norm",
        "decoder.use_bias",
        "decoder.block",
        "decoder.kernel",
    },
    (*STRIDED, "decoder={dropout: 0.1, activation: silu, order: [norm, conv, activation, dropout]}"): {
        "decoder.dropout",
        "decoder.activation",
        "decoder.order",
    },
    ("resize.interpolation=linear",): {"resize.interpolation"},
    ("resize={policy: pad_to_skip, interpolation: linear}",): {"resize.interpolation"},
    ("resize={policy: resize_to_skip, padding: zero}",): {"resize.padding"},
    ("head.deep_supervision={levels: 1, sides: false, interpolation: nearest}",): {
        "head.deep_supervision.sides",
        "head.deep_supervision.interpolation",
    },
    ("head.deep_supervision={levels: 2, fuse: sum, upsample: true}",): {"head.deep_supervision.upsample"},
    ("dropout={kind: spatial, place: block_end}",): {"dropout.kind", "dropout.place"},
    ("dropout=0.1", "decoder.dropout={kind: spatial, rate: 0}"): {"decoder.dropout.kind"},
    ("block={kind: plain, squeeze_excitation: {kind: spatial, ratio: 4}}",): {
        "block.squeeze_excitation.ratio"
    },
    ("block={kind: plain, kernels: 3}", "kernel=5"): {"kernel"},
    ("skip={kind: attention, join: add, order: skip_first}",): {"skip.order"},
}
"""Overrides of ``quickstart2d``, whose `norm` is batch, and what they leave without effect."""

EFFECTIVE = (
    ("block=convnext", "skip=attention"),
    ("block=convnext", "up={kind: transposed, norm: true}"),
    ("block=convnext", "decoder.block=plain"),
    ("block={kind: convnext, norm: null, kernel: null, activation: null}", "kernel=5", "activation=silu"),
    ("filters=[8,16,32,64]", "decoder.conv_widths=[1,2]"),
    (*STRIDED, "skip=attention", "decoder.norm=instance"),
    ("resize={policy: resize_to_skip, interpolation: linear}", "input.shape=[100,100]"),
    ("head.deep_supervision={levels: 2, fuse: sum, interpolation: nearest}",),
    ("decoder.dropout={kind: spatial, rate: 0.1}",),
    ("max_filters=4096",),
)
"""What looks the same, but has an effect, or is a bound that does not bind."""


def problems(overrides: tuple[str, ...]) -> tuple[Problem, ...]:
    try:
        unetgen.load("quickstart2d", overrides=overrides)
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(("overrides", "fields"), NO_EFFECT.items(), ids=lambda each: " ".join(sorted(each)))
def test_a_field_without_effect_is_refused_and_leaving_it_out_works(
    overrides: tuple[str, ...], fields: set[str]
) -> None:
    refused = problems(overrides)
    assert {problem.dotted_path for problem in refused} == fields
    advice = [re.search(r"set `([\w.]+): (.*)`$", problem.hint or "") for problem in refused]
    followed = tuple(f"{found[1]}={found[2]}" for found in advice if found)
    assert len(followed) == len(refused)
    assert problems((*overrides, *followed)) == ()


@pytest.mark.parametrize("overrides", EFFECTIVE, ids=" ".join)
def test_a_field_that_something_uses_is_not_refused(overrides: tuple[str, ...]) -> None:
    assert problems(overrides) == ()


def test_a_problem_says_where_what_and_why() -> None:
    (problem,) = problems(("block=convnext",))
    assert str(problem).endswith(
        "norm: does nothing where the block is convnext, which has its own (got 'batch'); "
        "leave it out, or set `norm: none`"
    )
    assert problem.where is not None and problem.where.startswith("quickstart2d.yaml:")


@pytest.mark.parametrize("name", sorted(bundled_configs()))
def test_a_resolved_config_says_every_field_and_is_taken(name: str) -> None:
    design = load_design(name)
    assert from_dict(design.config.to_dict()) == design.config
    assert to_yaml(design.config)


def test_a_config_without_a_suspect_is_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[UNetConfig] = []

    def counted(config: UNetConfig, build: lowering.MakesBuilder = Builder) -> Design:
        lowered.append(config)
        return original(config, build)

    original = lowering.lowered
    monkeypatch.setattr(lowering, "lowered", counted)
    unetgen.load("quickstart2d")
    assert len(lowered) == 1
    assert problems(("block=convnext",)) and len(lowered) == 3
