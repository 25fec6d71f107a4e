"""Encoders have the parameters, the features and the sizes of their originals, in every number of dimensions.

Counts and channels are those of torchvision 0.29.1, timm 1.0.31, segmentation_models_pytorch 0.6.0 and
keras.applications 3.15, counted there. Outputs are compared in tests/parity.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.tiers import sampled
from unetgen.config.loader import design_from_dict
from unetgen.errors import ConfigError
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.part import kind_of, kinds_of
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Concat, Conv, Resize, ResizeLike

KINDS = [kind for family in ENCODERS for kind in kinds_of(family)]
FAMILIES = [kind_of(family) for family in ENCODERS]
WIDTHS = [8, 9, 10, 11, 12]


def config(kind: str, depth: int = 6) -> dict[str, Any]:
    return {
        "input": {"shape": [64, 64], "channels": 3},
        "depth": depth,
        "encoder": kind,
        "decoder": {"filters": WIDTHS[: depth - 1]},
        "num_classes": 2,
    }


@cache
def planned(kind: str, depth: int = 6) -> Plan:
    return design_from_dict(config(kind, depth)).plan


TRAINABLE = {
    "resnet18": 11_176_512,
    "resnet34": 21_284_672,
    "resnet50": 23_508_032,
    "resnext50_32x4d": 22_979_904,
    "resnet34d": 21_303_904,
    "resnet50d": 23_527_264,
    "seresnet50": 26_039_024,
    "legacy_seresnet50": 26_039_024,
    "vgg16": 14_714_688,
    "vgg16_bn": 14_723_136,
    "mobilenet_v2": 2_223_872,
    "mobilenet_v3_large": 2_971_952,
    "efficientnet_b0": 3_595_388,
    "tf_efficientnet_b0": 3_595_388,
    "smp_efficientnet_b0": 4_007_548 - 412_160,  # what no decoder reads
    "smp_efficientnet_b4": 17_548_616 - 806_400,
    "tf_efficientnet_v2_s": 19_847_248,
    "densenet121": 6_953_856,
    "convnext_tiny": 27_818_592,
    "keras_resnet50": 23_534_592,
    "image_classifiers_resnet18": 11_178_947,
    "image_classifiers_resnet34": 21_287_107,
    "image_classifiers_resnet50": 23_500_483,
    "keras_resnet50v2": 23_519_360,
    "monai_resnet34": 21_110_848,
    "keras_mobilenet_v2": 2_223_872,
    "keras_mobilenet_v3_large": 2_971_952,
    "keras_efficientnet_b0": 4_007_548,
    "keras_efficientnet_v2_s": 20_177_488,
    "keras_densenet121": 6_953_856,
    "keras_convnext_tiny": 27_820_128,
}


@pytest.mark.parametrize("kind", TRAINABLE)
def test_an_encoder_has_the_parameters_of_its_original(kind: str) -> None:
    plan = planned(kind)
    count = sum(plan.trainable_params_of(node) for node in plan.nodes if node.place.side == "encoder")
    assert count == TRAINABLE[kind]


GIVEN = {
    "resnet34": [None, 64, 64, 128, 256, 512],
    "resnet50": [None, 64, 256, 512, 1024, 2048],
    "vgg16_bn": [64, 128, 256, 512, 512, 512],
    "mobilenet_v2": [None, 16, 24, 32, 96, 1280],
    "mobilenet_v3_large": [None, 16, 24, 40, 112, 960],
    "efficientnet_b0": [None, 16, 24, 40, 112, 320],
    "smp_efficientnet_b0": [None, 32, 24, 40, 112, 320],
    "smp_efficientnet_b4": [None, 48, 32, 56, 160, 448],
    "tf_efficientnet_v2_s": [None, 24, 48, 64, 160, 256],
    "densenet121": [None, 64, 256, 512, 1024, 1024],
    "image_classifiers_resnet34": [None, 64, 64, 128, 256, 512],
    "keras_resnet50v2": [None, 64, 64, 128, 256, 2048],
    "image_classifiers_resnet50": [None, 64, 256, 512, 1024, 2048],
    "convnext_tiny": [None, None, 96, 192, 384, 768],
}


def given(plan: Plan) -> list[int | None]:
    """What each decoder level joins of the encoder, and what the first up-sampling is given, in channels."""
    depth = max(node.place.level or 0 for node in plan.nodes if node.place.side == "encoder")
    joined: dict[int, int] = {}
    for node in plan.nodes:
        for name in node.inputs:
            source = plan.by_name[name]
            if source.place.side != "encoder" or node.place.side != "decoder" or node.place.level is None:
                continue
            is_bottom = node.place.part == "up"
            joined[depth if is_bottom else node.place.level] = source.spec.channels
            assert isinstance(node.op, Concat) or is_bottom
    return [joined.get(level) for level in range(depth + 1)]


@pytest.mark.parametrize("kind", GIVEN)
def test_an_encoder_gives_the_channels_of_its_original(kind: str) -> None:
    assert given(planned(kind)) == GIVEN[kind]


@pytest.mark.parametrize("kind", sampled(KINDS, first=FAMILIES))
def test_each_level_has_half_the_size_of_the_one_before(kind: str) -> None:
    plan = planned(kind)
    ends = {n.place.level: n.spec.spatial for n in plan.nodes if n.place.side == "encoder"}
    assert all(ends[level] == (64 >> level,) * 2 for level in range(2, 6) if level in ends)
    assert plan.output_shapes == ((64, 64, 2),)


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("shape", [[64], [32, 64, 32]])
def test_an_encoder_is_there_in_one_and_three_dimensions(kind: str, shape: list[int]) -> None:
    more = {"input": {"shape": shape, "channels": 1, "data_format": "channels_first"}}
    plan = design_from_dict(config(kind) | more).plan
    kernels = [n.op.kernel for n in plan.nodes if isinstance(n.op, Conv) and n.place.side == "encoder"]
    flat = [n.op.kernel for n in planned(kind).nodes if isinstance(n.op, Conv) and n.place.side == "encoder"]
    assert kernels == [(kernel[0],) * len(shape) for kernel in flat]
    assert plan.output_shapes == ((*shape, 2),)


@pytest.mark.parametrize("kind", FAMILIES)
def test_fewer_levels_are_the_first_ones_of_more(kind: str) -> None:
    few, many = (
        [(n.name, n.op) for n in planned(kind, depth).nodes if n.place.side == "encoder"] for depth in (4, 6)
    )
    assert few == many[: len(few)]
    assert len(few) < len(many)


@pytest.mark.parametrize("kind", ["resnet18", "smp_efficientnet_b0"])
def test_an_odd_size_comes_back_where_it_is_resized_to_the_skip(kind: str) -> None:
    odd = config(kind) | {"input": {"shape": [65, 97], "channels": 3}}
    plan = design_from_dict(odd | {"resize": "resize_to_skip"}).plan
    assert plan.output_shapes == ((65, 97, 2),)
    assert any(isinstance(node.op, Resize) and node.place.level == 0 for node in plan.nodes)
    with pytest.raises(ConfigError, match="the nearest legal sizes are 64 and 96"):
        design_from_dict(odd)
    free = odd | {"input": {"shape": [None, None], "channels": 3}, "resize": "resize_to_skip"}
    plan = design_from_dict(free).plan
    assert plan.at((65, 97)).output_shapes == ((65, 97, 2),)
    assert any(isinstance(node.op, ResizeLike) and node.place.level == 0 for node in plan.nodes)


def test_initializers_and_regularizers_are_the_config_s_and_all_else_the_encoder_s() -> None:
    more = {"kernel_initializer": "he_normal", "kernel_regularizer": "l2", "activation": "silu"}
    plan = design_from_dict(config("resnet18") | more | {"norm": "instance"}).plan
    encoder = [node for node in plan.nodes if node.place.side == "encoder"]
    convs = [node.op for node in encoder if isinstance(node.op, Conv)]
    assert {(op.kernel_initializer.name, op.kernel_regularizer is None) for op in convs} == {  # type: ignore[union-attr]
        ("keras.initializers.HeNormal", False)
    }
    words = {node.op.words() for node in encoder}
    assert {"batch norm", "relu"} <= words
    assert not {"instance norm", "silu"} & words


REFUSED: dict[str, dict[str, Any]] = {
    "base_filters: does nothing beside `encoder`, which has its own (got 8)": {"base_filters": 8},
    "block: does nothing beside `encoder`, which has its own (got 'residual'); leave it out; "
    "`decoder.block` has that of the decoder": {"block": "residual"},
    "down: does nothing beside `encoder`": {"down": "average_pool"},
    "stem: does nothing beside `encoder`": {"stem": 3},
    "depth: resnet18 has 6 levels (got 7); use a depth of at most 6": {
        "depth": 7,
        "decoder": {"filters": [8] * 6},
    },
    "encoder: unet_3_plus makes its levels of blocks, and takes no encoder (got 'resnet18')": {
        "topology": "unet_3_plus"
    },
    "decoder.filters: missing; beside `encoder`, say how many filters each level of the decoder has": {
        "decoder": None
    },
    "up: asks for the channels of a skip, and the encoder gives none at level 0 (got 'skip')": {
        "up": "transposed"
    },
    "encoder: unknown kind (got 'restnet34'); did you mean `resnet34`?": {"encoder": "restnet34"},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_an_encoder_is_refused(message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        design_from_dict(config("resnet18") | REFUSED[message])
    assert any(message in str(line) for line in str(caught.value).splitlines()), caught.value


def test_the_advice_on_the_channels_of_an_up_sampling_works() -> None:
    filters = ["half", "skip", "skip", "skip", "skip"]
    plan = design_from_dict(config("resnet18") | {"up": {"kind": "transposed", "filters": filters}}).plan
    channels = [n.spec.channels for n in plan.nodes if n.place.part == "up"]
    assert channels == [256, 128, 64, 64, WIDTHS[1] // 2]


@pytest.mark.parametrize(("stride", "sizes"), [(8, [32, 16, 8, 8, 8]), (16, [32, 16, 8, 4, 4])])
@pytest.mark.parametrize("kind", ["resnet18", "resnet50d", "legacy_seresnet50"])
def test_an_output_stride_keeps_sizes_and_weights(kind: str, stride: int, sizes: list[int]) -> None:
    data = config(kind) | {"encoder": {"kind": kind, "output_stride": stride}}
    plan = design_from_dict(data).plan
    for level, size in enumerate(sizes, start=1):
        last = [node for node in plan.nodes if node.scope.startswith(f"encoder/level{level}/")][-1]
        assert last.spec.spatial == (size, size)
    assert _weights(plan) == _weights(planned(kind))


def _weights(plan: Plan) -> dict[str, int]:
    """The parameters of the encoder's layers that have some."""
    own = {node.name: plan.params_of(node) for node in plan.nodes if node.place.side == "encoder"}
    return {name: count for name, count in own.items() if count}


@pytest.mark.parametrize(
    ("encoder", "depth", "message"),
    [
        (
            {"kind": "resnet18", "output_stride": 16},
            5,
            "encoder.output_stride: leaves a network of depth 5 as it is",
        ),
        ({"kind": "resnet18", "dilates": "after_stride"}, 6, "encoder.dilates: does nothing without"),
        ({"kind": "vgg11", "output_stride": 16}, 6, "encoder.output_stride: unknown key"),
        ({"kind": "resnet18", "output_stride": 4}, 6, "encoder.output_stride: must be 8 or 16"),
    ],
)
def test_an_output_stride_that_does_nothing_is_refused(
    encoder: dict[str, Any], depth: int, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        design_from_dict(config("resnet18", depth) | {"encoder": encoder})


@pytest.mark.parametrize("topology", ["unet", "unet_plus_plus"])
def test_an_encoder_that_gives_nothing_at_the_bottom_is_refused(topology: str) -> None:
    data = config("convnext_tiny", 2) | {"topology": topology}
    with pytest.raises(
        ConfigError, match=r"depth: convnext_tiny gives nothing at level 1, .* use a larger depth"
    ):
        design_from_dict(data)
    assert design_from_dict(config("convnext_tiny", 3) | {"topology": topology}).plan.params


def test_what_is_left_out_of_strides_dilates() -> None:
    rates = {}
    for dilates in ("from_stride", "after_stride"):
        encoder = {"kind": "resnet18", "output_stride": 8, "dilates": dilates}
        nodes = design_from_dict(config("resnet18") | {"encoder": encoder}).plan.by_name
        rates[dilates] = [
            nodes[f"encoder_level{level}_block1_conv{conv}"].op.dilation[0]  # type: ignore[attr-defined]
            for level in (3, 4, 5)
            for conv in (1, 2)
        ]
    assert rates == {"from_stride": [1, 1, 2, 2, 4, 4], "after_stride": [1, 1, 1, 2, 2, 4]}


@pytest.mark.parametrize("kind", ["resnet18", "convnext_tiny"])
def test_an_input_of_a_free_size_that_is_padded_is_no_skip_either(kind: str) -> None:
    fixed, free = (
        design_from_dict(
            config(kind, 3) | {"resize": "pad_and_crop", "input": {"shape": shape, "channels": 3}}
        ).plan
        for shape in ([33, 30], [None, None])
    )
    assert free.params == fixed.params
    assert not any(node.place.part == "skip" and node.place.level == 0 for node in free.nodes)
