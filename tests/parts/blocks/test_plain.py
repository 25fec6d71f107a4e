"""Plain blocks with dilated convolutions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ops import op_of
from tests.parts.blocks.lowering import Arithmetic, assert_computes, lowered, model_of, plan_of, sample, words
from unetgen.errors import Wrong
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.norms.none import NoNorm
from unetgen.plan.ops import Conv


def test_a_dilation_for_each_convolution_or_for_all() -> None:
    assert words(plan_of(PlainBlock(dilation=(1, 2)), (8, 16), norm=NoNorm())) == [
        *("conv3x3 8", "relu"),
        *("conv3x3 16 dilated 2", "relu"),
    ]
    assert words(plan_of(PlainBlock(dilation=4), (8,), norm=NoNorm())) == ["conv3x3 8 dilated 4", "relu"]


def test_a_nested_list_is_per_level() -> None:
    block = PlainBlock(dilation=((1, 1), (2, 4)))
    assert words(plan_of(block, (8, 8), level=0)) == words(plan_of(PlainBlock(), (8, 8)))
    assert [w for w in words(plan_of(block, (8, 8), level=1)) if "conv" in w] == [
        "conv3x3 8 dilated 2",
        "conv3x3 8 dilated 4",
    ]


@pytest.mark.parametrize("padding", ["same", "torch"])
@pytest.mark.parametrize("spatial", [(9,), (7, 5), (5, 4, 6)], ids=str)
def test_dilated_convolutions_compute_what_their_taps_say(spatial: tuple[int, ...], padding: str) -> None:
    plan = plan_of(PlainBlock(dilation=(2, 3)), (3, 2), spatial, 2, padding=padding)
    model, x = model_of(plan), sample(2, *spatial, 2)
    layers = Arithmetic(model)
    assert_computes(model, x, layers.unit(layers.unit(x, "conv1", 2), "conv2", 3))


def test_an_axis_with_a_kernel_of_one_is_not_dilated() -> None:
    plan = plan_of(PlainBlock(dilation=2), (8,), kernel=(1, 3))
    assert op_of(plan.nodes[1], Conv).dilation == (1, 2)


def test_valid_convolutions_lose_the_dilated_reach() -> None:
    assert plan_of(PlainBlock(dilation=2), (8,), (9, 9), padding="valid").nodes[-1].spec.spatial == (5, 5)


def test_a_strided_convolution_cannot_be_dilated() -> None:
    with pytest.raises(Wrong, match="a convolution cannot have strides and a dilation"):
        lowered(PlainBlock(dilation=2), (8, 8), strides=(2, 2))
    plan = plan_of(PlainBlock(dilation=(1, 2)), (8, 8), strides=(2, 2))
    assert plan.nodes[-1].spec.spatial == (4, 4)


def test_dilations_are_as_many_as_convolutions() -> None:
    with pytest.raises(Wrong) as error:
        lowered(PlainBlock(dilation=(1, 2, 4)), (8, 8))
    assert str(error.value.problems[0]) == (
        "block.dilation: has 3 dilations for a block of 2 convolutions (got [1, 2, 4])"
    )


def test_an_even_kernel_has_symmetric_padding_only_where_its_reach_is_even() -> None:
    with pytest.raises(Wrong, match="an even kernel has no symmetric padding"):
        lowered(PlainBlock(), (8,), padding="torch", kernel=(2, 2))
    plan = plan_of(PlainBlock(dilation=2), (8,), padding="torch", kernel=(2, 2))
    assert plan.nodes[-1].spec.spatial == (8, 8)
    assert np.prod(op_of(plan.nodes[1], Conv).kernel) == 4
