"""Variants of bundled networks have exactly the parameters that their originals have.

Counted in segmentation-models 1.0.1 (Keras), keras-unet-collection 0.1.13, MONAI 1.6.1 and
FengheTan9/CMUNeXt@affbf03. MONAI's EfficientNets keep parameters that no output depends on: 1,693,160 in B0,
2,599,400 in B4.
"""

from __future__ import annotations

import pytest

import unetgen

COLLECTION = "keras_unet_collection_unet2d_resnet50"
FLEXIBLE = "monai_flexible_unet_resnet34"
CLASSIFIERS = "segmentation_models_unet_resnet34"
TRANSPOSED = (
    "up={kind: transposed, kernel: 4, norm: true, activation: true, filters: [16, 32, 64, 128, 256]}",
    "decoder.block={kind: plain, convs: 1}",
)
VGG = ("bottleneck=convs", "skip=[none,concat,concat,concat,concat]")
DEEPER = ("depth=6", "decoder.filters=[32,64,128,256,512]", "up.filters=[32,64,128,256,512]")


def cmunext(kernel: int, *units: int) -> str:
    """The blocks of CMUNeXt, of which the last has this kernel."""
    kernels = (3, 3, 7, 7, kernel)
    blocks = (f"{{kind: cmunext, kernel: {k}, units: {n}}}" for k, n in zip(kernels, units, strict=True))
    return f"block=[{', '.join(blocks)}]"


VARIANTS: list[tuple[str, tuple[str, ...], int, int]] = [
    (CLASSIFIERS, TRANSPOSED, 25_660_948, 25_678_298),
    (CLASSIFIERS, ("encoder=image_classifiers_resnet18",), 14_330_644, 14_340_570),
    (CLASSIFIERS, ("encoder=image_classifiers_resnet50",), 32_513_556, 32_561_114),
    (CLASSIFIERS, ("encoder=vgg16", *VGG), 23_748_241, 23_752_273),
    (CLASSIFIERS, ("encoder=vgg19", *VGG), 29_057_937, 29_061_969),
    (CLASSIFIERS, ("encoder={kind: keras_efficientnet_b0, gives: expansions}",), 10_071_501, 10_115_501),
    (CLASSIFIERS, ("encoder={kind: keras_mobilenet_v2, gives: expansions}",), 8_011_345, 8_047_441),
    (COLLECTION, ("encoder=keras_resnet50v2",), 17_503_810, 17_528_258),
    (COLLECTION, (*DEEPER, "encoder=keras_resnet50"), 47_056_866, 47_109_986),
    (COLLECTION, (*DEEPER, "encoder=keras_resnet50v2"), 42_396_770, 42_442_210),
    (COLLECTION, ("encoder=vgg16",), 28_025_602, 28_025_602),
    # The original's total has seven numbers more: the mean, variance and counter of its preprocessing.
    (COLLECTION, ("encoder={kind: keras_efficientnet_b0, gives: expansions}",), 13_391_458, 13_408_962),
    (FLEXIBLE, ("encoder=monai_resnet18",), 13_545_730, 13_555_522),
    (FLEXIBLE, ("encoder=resnet50",), 32_109_826, 32_164_930),
    (FLEXIBLE, ("encoder=monai_efficientnet_b0",), 7_060_422 - 1_693_160, 5_408_702),
    (FLEXIBLE, ("encoder=monai_efficientnet_b4",), 21_446_098 - 2_599_400, 18_970_298),
    ("cmunext", ("filters=[8,16,32,64,128]", cmunext(9, 1, 1, 1, 1, 1)), 417_505, 421_473),
    ("cmunext", ("filters=[32,64,128,256,512]", cmunext(7, 1, 1, 1, 6, 3)), 8_286_721, 8_316_417),
]
"""A bundled network, what is changed of it, and the trainable and all parameters of the original."""


@pytest.mark.parametrize(("name", "changes", "trainable", "total"), VARIANTS)
def test_a_variant_has_the_parameters_of_its_original(
    name: str, changes: tuple[str, ...], trainable: int, total: int
) -> None:
    plan = unetgen.plan(unetgen.load(name, list(changes)))
    assert (plan.trainable_params, plan.params) == (trainable, total)
