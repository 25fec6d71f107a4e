"""The options of MONAI's networks, as a config says them. Their names and defaults are MONAI 1.6.1's."""

from __future__ import annotations

import numpy as np
import pytest

import unetgen
from tests.parity.originals import read
from unetgen.errors import UnetgenError
from unetgen.importing.monai_arguments import ARGUMENTS, Arguments
from unetgen.weights.transplant import Tensors


def arguments(name: str, *overrides: str, family: str = "UNet", tensors: Tensors | None = None) -> Arguments:
    original = read(name)
    config = unetgen.load(original.config, list(overrides))
    return ARGUMENTS[f"MONAI {family}"](config, original.tensors if tensors is None else tensors)


def test_a_unet_has_all_of_its_constructor_s_options_but_dropout() -> None:
    assert arguments("monai_unet_2d", "dropout=0.2") == {
        "in_channels": 1,
        "out_channels": 2,
        "channels": [4, 6, 8],
        "strides": [(2, 2), (2, 2)],
        "kernel_size": (3, 3),
        "up_kernel_size": 3,
        "num_res_units": 2,
        "act": ("prelu", {"num_parameters": 1}),
        "norm": ("batch", {"affine": True, "eps": 1e-5}),
        "bias": True,
        "adn_ordering": "NAD",
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("conv,norm,activation", "NA"),
        ("conv,activation,norm", "AN"),
        ("conv,dropout,norm,activation", "DNA"),
        ("conv,norm,dropout,activation", "NDA"),
    ],
)
def test_the_order_is_adn_ordering(order: str, expected: str) -> None:
    assert arguments("monai_unet_2d", f"order=[{order}]")["adn_ordering"] == expected


def test_a_convolution_that_is_not_first_is_refused_by_name() -> None:
    with pytest.raises(UnetgenError, match=r"^order: MONAI's UNet begins with the convolution"):
        arguments("monai_unet_3d_no_units", "order=[norm,activation,conv]")


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("{kind: celu, alpha: 0.6}", ("celu", {"alpha": 0.6})),
        ("{kind: elu, alpha: 0.7}", ("elu", {"alpha": 0.7})),
        ("elu", ("elu", {"alpha": 1.0})),
        ("gelu", ("gelu", {"approximate": "none"})),
        ("{kind: gelu, approximate: true}", ("gelu", {"approximate": "tanh"})),
        ("{kind: leaky_relu, negative_slope: 0.3}", ("leakyrelu", {"negative_slope": 0.3})),
        ("linear", ""),
        ("log_softmax", ("logsoftmax", {"dim": 1})),
        ("relu", ("relu", {})),
        ("silu", ("swish", {})),
        ("swish", ("swish", {})),
        ("softmax", ("softmax", {"dim": 1})),
    ],
)
def test_activations_have_their_options(activation: str, expected: object) -> None:
    assert arguments("monai_unet_2d", f"activation={activation}")["act"] == expected


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("activation=hard_sigmoid", "activation: no network of MONAI's computes 'hard_sigmoid' as a config"),
        (
            "activation={kind: relu, max_value: 3}",
            "activation: no network of MONAI's computes 'relu with options'",
        ),
        ("norm=layer", "norm: no network of MONAI's computes 'layer' as a config means it, so"),
    ],
)
def test_what_monai_has_not_is_refused_by_name(override: str, said: str) -> None:
    with pytest.raises(UnetgenError) as caught:
        arguments("monai_unet_2d", override)
    assert str(caught.value).startswith(said)


def test_a_network_without_a_norm_says_so_as_monai_does() -> None:
    assert arguments("monai_dynunet_2d", "norm=none", family="DynUNet")["norm_name"] == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("monai_segresnet_3d", "nontrainable"), ("monai_segresnet_2d_deconv", "deconv")],
)
def test_segresnet_s_tensors_say_how_it_up_samples(name: str, expected: str) -> None:
    assert arguments(name, family="SegResNet")["upsample_mode"] == expected


def test_slopes_are_counted_in_the_checkpoint() -> None:
    assert arguments("monai_vnet_2d_bias", family="VNet")["act"] == "prelu"  # as many as channels
    slopes = {"in_tr.act_function.weight": np.zeros(1), "out_tr.act_function1.weight": np.zeros(1)}
    found = arguments("monai_vnet_2d_bias", family="VNet", tensors=slopes)
    assert found["act"] == ("prelu", {"num_parameters": 1})
