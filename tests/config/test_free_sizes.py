"""Free axes: a plan with them is that of every legal size, and the legal sizes are those that make a network.

The oracle is the plan of a known size, which nothing here knows of free ones.
"""

from __future__ import annotations

import pytest

import unetgen
from tests.tiers import sampled, thorough
from unetgen.config.bundled import bundled_configs
from unetgen.config.design import Design
from unetgen.config.lowering import lower
from unetgen.errors import ConfigError
from unetgen.legal_sizes import LegalSizes
from unetgen.plan.graph import Plan, PlanError

SMALL = ("base_filters=4",)
SETTINGS = (
    (),
    ("padding=valid",),
    ("resize=pad_and_crop",),
    ("resize=resize_to_skip",),
    ("resize=pad_to_skip",),
    ("resize=centre_crop",),
    ("skip=crop", "padding=valid"),
    ("padding=torch", "down=strided_conv", "up=transposed"),
    ("down=strided_conv", "resize=pad_to_skip"),
    ("down=space_to_depth", "resize=resize_to_skip"),
    ("down=blur_pool", "up=linear", "resize=pad_and_crop"),
    ("down={kind: max_pool, size: 3}", "resize=resize_to_skip"),
    ("down={kind: max_pool, size: [[2,1],[2,2],[1,2]]}",),
    ("skip=attention", "resize=pad_to_skip"),
    ("skip={kind: attention, gating: up}",),
    ("topology=unet_plus_plus", "resize=resize_to_skip"),
    ("topology=unet_3_plus", "resize=resize_to_skip"),
    ("topology=unet_3_plus", "down=strided_conv", "resize=pad_to_skip"),
    ("topology=dense_skip", "resize=pad_to_skip"),
    ("topology=strided_unet", "down=strided_conv", "resize=resize_to_skip"),
    ("topology=strided_unet", "down=strided_conv"),
    ("block={kind: rsu, height: 3}", "conv_widths=[1,2]"),
    ("block={kind: residual, shortcut_pool: average}", "down={kind: strided_conv, into_block: true}"),
    ("block=residual", "padding=valid"),
    ("block=dense", "padding=valid"),
    ("bottleneck=aspp",),
    ("bottleneck=self_attention", "resize=pad_and_crop"),
    ("bottleneck=pyramid_pooling",),
    ("bottleneck=position_attention", "skip=fusion_attention"),
    ("head.deep_supervision=2",),
    ("head.deep_supervision={levels: 2, upsample: true}", "resize=resize_to_skip"),
    ("head.deep_supervision={levels: 2, fuse: sum}", "resize=pad_to_skip"),
)
QUICK = SETTINGS[:6]


def design(config: str, shape: object, overrides: tuple[str, ...] = ()) -> Design:
    text = str(shape).replace("None", "null").replace("(", "[").replace(")", "]").replace(",]", "]")
    return lower(unetgen.load(config, (*overrides, f"input.shape={text}")))


def fits(config: str, shape: tuple[int, ...], overrides: tuple[str, ...]) -> bool:
    try:
        design(config, shape, overrides)
    except ConfigError:
        return False
    return True


def shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    return {node.name: node.spec.shape("channels_last") for node in plan.nodes}


@pytest.mark.parametrize("overrides", sampled(((each,) for each in SETTINGS), [(each,) for each in QUICK]))
def test_the_legal_sizes_are_those_that_make_a_network(overrides: tuple[str, ...]) -> None:
    free = (
        design("quickstart2d", (None, 64), (*SMALL, *overrides))
        if fits("quickstart2d", (64, 64), (*SMALL, *overrides))
        else design("quickstart2d", (None, None), (*SMALL, *overrides))
    )
    legal, (reference, other) = free.legal_sizes[0], free.plan.input.spec.spatial
    last = legal.first + 2 * max(legal.step, 9)
    for size in range(max(legal.first - 2 * legal.step, 1), last):
        makes_one = fits("quickstart2d", (size, other), (*SMALL, *overrides))
        if size >= legal.first:
            assert makes_one == (size in legal), size
        elif (legal.first - size) % legal.step == 0:
            assert not makes_one, size
    assert reference in legal


@pytest.mark.parametrize("overrides", sampled(((each,) for each in SETTINGS), [(each,) for each in QUICK]))
def test_a_plan_with_free_axes_is_that_of_each_legal_size(overrides: tuple[str, ...]) -> None:
    compare("quickstart2d", (*SMALL, *overrides))


@thorough
@pytest.mark.parametrize("name", sorted(bundled_configs()))
def test_a_bundled_network_with_free_axes_is_that_of_each_legal_size(name: str) -> None:
    compare(name, ())


def compare(config: str, overrides: tuple[str, ...]) -> None:
    """At five sizes: equal shapes, work and parameters; what it has besides has no weights."""
    dims = unetgen.load(config).dims
    free = design(config, (None,) * dims, overrides)
    legal = [free.legal_sizes[axis] for axis in range(dims)]
    for more in (0, 1, 2, 5, 6):
        size = tuple(
            each.near(max(each.first, 16))[-1] + (more + axis) * each.step for axis, each in enumerate(legal)
        )
        known, told = design(config, size, overrides).plan, free.plan.at(size)
        assert shapes(known).items() <= shapes(told).items(), size
        assert [known.by_name[name].spec.spatial for name in known.outputs] == [
            told.by_name[name].spec.spatial for name in told.outputs
        ]
        assert (known.macs, known.params) == (told.macs, told.params)
        for name in shapes(told).keys() - shapes(known).keys():
            node = told.by_name[name]
            fitted = type(node.op).__name__.endswith(("Like", "Multiple"))
            assert fitted and not told.weights(node), name


@pytest.mark.parametrize("shape", [(None, None), (None, 32), (32, None)])
def test_the_fingerprint_does_not_depend_on_the_reference(shape: tuple[int | None, ...]) -> None:
    sizes = [[n or reference for n in shape] for reference in (32, 64)]
    plans = [
        unetgen.plan(
            unetgen.load(
                "quickstart2d",
                [f"input.shape={list(shape)}".replace("None", "null"), f"input.reference={size}"],
            )
        )
        for size in sizes
    ]
    assert len({plan.fingerprint for plan in plans}) == 1
    assert [list(plan.input.spec.spatial) for plan in plans] == sizes
    known = design("quickstart2d", (32, 32)).plan
    assert known.fingerprint not in {plan.fingerprint for plan in plans}


@pytest.mark.parametrize(
    ("config", "wanted"),
    [("quickstart2d", (64, 64)), ("unet2d_2015", (188, 188)), ("nnunet_liver_2d", (128, 128))],
)
def test_the_reference_is_the_smallest_legal_size_of_64_if_none_is_said(
    config: str, wanted: tuple[int, ...]
) -> None:
    free = design(config, (None, None))
    assert free.plan.input.spec.spatial == free.config.input.reference == wanted
    assert wanted[0] in free.legal_sizes[0]
    assert not any(size in free.legal_sizes[0] for size in range(64, wanted[0]))


def test_a_size_that_is_not_legal_is_no_plan() -> None:
    free = design("quickstart2d", (None, None)).plan
    with pytest.raises(PlanError, match="inputs differ in size"):
        free.at((20, 16))
    with pytest.raises(PlanError, match="it is empty"):
        free.at((4, 16))


@pytest.mark.parametrize(
    ("overrides", "message", "mended"),
    [
        (
            ("input={shape: [64, 64], reference: [32, 32]}",),
            "input.reference: does nothing: no axis of the input is free (got [32, 32])",
            ("input={shape: [64, null], reference: [64, 32]}",),
        ),
        (
            ("input={shape: [64, null], reference: [32, 32]}",),
            "input.reference: is not a size of [64, null] (got [32, 32])",
            ("input={shape: [64, null], reference: [64, 32]}",),
        ),
        (
            ("input={shape: [null], reference: [32, 32]}",),
            "input.reference: is not a size of [null] (got [32, 32])",
            ("input={shape: [null], reference: [32]}",),
        ),
        (
            ("input={shape: [null, null], reference: [36, 32]}",),
            "input.reference.0: does not fit encoder/level3/down: a size of 9 does not divide by 2 (got 36)",
            ("input={shape: [null, null], reference: [40, 32]}",),
        ),
        (
            ("activation={kind: prelu, shared: element}",),
            "input.shape: prelu of encoder/level0/conv1 has weights for each position",
            ("activation={kind: prelu, shared: channel}",),
        ),
    ],
)
def test_what_cannot_be_is_refused_with_advice_that_works(
    overrides: tuple[str, ...], message: str, mended: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        unetgen.load("quickstart2d", overrides)
    assert message in str(caught.value)
    unetgen.load("quickstart2d", mended)


def test_sizes_in_words() -> None:
    said = {
        (1, 1): "any size",
        (16, 1): "from 16 on",
        (8, 8): "multiples of 8",
        (188, 16): "188, 204, 220, ...",
    }
    for (first, step), text in said.items():
        assert str(LegalSizes(first, step)) == text
    assert LegalSizes(8, 8).near(3) == (8,)
    assert LegalSizes(8, 8).near(16) == (16,)
