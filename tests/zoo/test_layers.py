"""Networks without an original to install are their papers' layer for layer: equal counts do not prove it.

Each is told in `tests.zoo.layers` in words of its own, from the paper's figure and the source that its config
names: every layer with its kernel, stride, filters, zeros, norm and activation, what it is fed with, and in
which order, and what size comes out. The plan of the zoo's config is read in the same words.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import unetgen
from tests.zoo.layers import nested, plain, residual, u2net
from tests.zoo.layers.reading import read
from tests.zoo.layers.vocabulary import Layer, conv, image, listing, relu

NETWORKS: dict[str, Callable[[], list[Layer]]] = {
    "unet2d_2015": plain.unet2d_2015,
    "unet3d_2016": plain.unet3d_2016,
    "unet2d_baseline": plain.unet2d_baseline,
    "unet3d_ellisdg": plain.unet3d_ellisdg,
    "attention_unet": plain.attention_unet,
    "vnet": residual.vnet,
    "resunet": residual.resunet,
    "r2unet": residual.r2unet,
    "isensee2017": residual.isensee2017,
    "unet_plus_plus": nested.unet_plus_plus,
    "unet_plus_plus_zju": nested.unet_plus_plus_zju,
    "unet_3_plus": nested.unet_3_plus,
    "u2net": u2net.u2net,
    "u2netp": u2net.u2netp,
}
SAME_COUNT = {
    "unet2d_2015": "skip.order=skip_first",
    "unet3d_2016": "order=[conv,activation,norm]",
    "unet2d_baseline": "dropout=0.2",
    "unet3d_ellisdg": "up=linear",
    "attention_unet": "skip.order=up_first",
    "vnet": "skip.order=skip_first",
    "resunet": "norm={kind:batch,momentum:0.9}",
    "r2unet": "block.steps=3",
    "isensee2017": "block.activation_after_add=true",
    "unet_plus_plus": "dropout={rate:0.5,place:block_end}",
    "unet_plus_plus_zju": "down.kind=average_pool",
    "unet_3_plus": "skip.order=up_first",
    "u2net": "block.dilated=[false,false,false,false,false,true]",
    "u2netp": "down.ceil=false",
}
"""Another network of each config, with exactly as many parameters."""
OTHER_COUNT = {
    "unet2d_2015": "up.activation=false",
    "attention_unet": "up.conv.kernel=1",
    "vnet": "head.hidden=null",
    "resunet": "block.preactivate_input=true",
    "unet_plus_plus_zju": "up.kernel=2",
    "unet_3_plus": "head.kernel=1",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_the_published_one(name: str) -> None:
    assert read(unetgen.plan(unetgen.load(name))) == listing(*NETWORKS[name]())


@pytest.mark.parametrize("name", NETWORKS)
def test_another_network_of_the_same_count_is_seen(name: str) -> None:
    published, other = (unetgen.plan(unetgen.load(name, each)) for each in ([], [SAME_COUNT[name]]))
    assert other.trainable_params == published.trainable_params
    assert read(other) != listing(*NETWORKS[name]())


@pytest.mark.parametrize("name", OTHER_COUNT)
def test_a_changed_kernel_or_activation_is_seen(name: str) -> None:
    assert read(unetgen.plan(unetgen.load(name, [OTHER_COUNT[name]]))) != listing(*NETWORKS[name]())


def test_a_listing_says_every_layer_once_and_what_it_is_fed_with() -> None:
    x = image(8, 6, 1)
    assert listing(relu(conv(x, 4, 3, stride=2)), conv(x, 2, 1)) == [
        "0: image of [] -> 8x6x1",
        "1: conv 3x3 4 stride 2x2 zeros 0+1 0+1 of [0] -> 4x3x4",
        "2: relu of [1] -> 4x3x4",
        "3: conv 1x1 2 of [0] -> 8x6x2",
        "outputs: [2, 3]",
    ]
