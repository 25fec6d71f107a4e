"""How the layers of Keras U-Nets from pip correspond to the scopes of a plan, for their fixtures only.

Names of layers as keras-unet-collection 0.1.13 gives them where its networks are called `net`, and as Keras
numbers those of keras-unet 0.1.2, which have none. Checkpoints of these packages cannot be imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.importing.transplant import Family, Leaves, Rule
from unetgen.plan.ops import Conv, Norm, TransposedConv

_COLLECTION: Leaves = {Conv: "", TransposedConv: "", Norm: "_bn"}

COLLECTION_UNET = Family(
    "keras-unet-collection unet_2d and att_unet_2d",
    _COLLECTION,
    (
        Rule("encoder/level0/conv{conv}", ("net_down0_{conv_0}{leaf}",)),
        Rule(
            "encoder/level{level}/down",
            ("net_down{level}_encode{leaf}",),
            {Conv: "_stride_conv", Norm: "_bn"},
        ),
        Rule("encoder/level{level}/conv{conv}", ("net_down{level}_conv_{conv_0}{leaf}",)),
        Rule("decoder/level{level}/up/conv", ("net_up{level_up}_conv_before_concat_0{leaf}",)),
        Rule(
            "decoder/level{level}/up",
            ("net_up{level_up}_decode{leaf}",),
            {TransposedConv: "_trans_conv", Norm: "_bn"},
        ),
        Rule("decoder/level{level}/skip/gate/theta", ("net_up{level_up}_att_theta_x",)),
        Rule("decoder/level{level}/skip/gate/phi", ("net_up{level_up}_att_phi_g",)),
        Rule("decoder/level{level}/skip/gate/psi", ("net_up{level_up}_att_psi_f",)),
        Rule("decoder/level{level}/conv{conv}", ("net_up{level_up}_conv_after_concat_{conv_0}{leaf}",)),
        Rule("head", ("net_output",)),
    ),
)


def _residual_u(scope: str, name: str, height: int, *, dilated: bool) -> Iterator[Rule]:
    """One RSU; the dilated one counts its lowest level among those on the way down."""
    yield Rule(f"{scope}/outer", (f"{name}_in_0{{leaf}}",))
    for level in range(1, height):
        yield Rule(f"{scope}/nested{level}/encoder", (f"{name}_down_{level - 1}_0{{leaf}}",))
    lowest = f"down_{height - 1}" if dilated else "up_0"
    yield Rule(f"{scope}/nested{height}", (f"{name}_{lowest}_0{{leaf}}",))
    for level in range(2, height):
        up = height - level - dilated
        yield Rule(f"{scope}/nested{level}/decoder", (f"{name}_up_{up}_0{{leaf}}",))
    yield Rule(f"{scope}/nested1/decoder", (f"{name}_out_0{{leaf}}",))


COLLECTION_U2NET = Family(
    "keras-unet-collection u2net_2d of two RSU and two RSU-4F levels",
    _COLLECTION,
    (
        *_residual_u("encoder/level0", "net_in", 5, dilated=False),
        *_residual_u("encoder/level1", "net_down_0", 4, dilated=False),
        *_residual_u("encoder/level2", "net_down_4f_0", 4, dilated=True),
        *_residual_u("encoder/level3", "net_down_4f_1", 4, dilated=True),
        *_residual_u("decoder/level2", "net_up_4f_0", 4, dilated=True),
        *_residual_u("decoder/level1", "net_up_0", 4, dilated=False),
        *_residual_u("decoder/level0", "net_up_1", 5, dilated=False),
        Rule("head", ("net_output_sup0",)),
        Rule("head/level{level}", ("net_output_conv_{level}",)),
        Rule("head/fuse", ("net_output_final",)),
    ),
)


def _in_order(scopes: Sequence[str]) -> Iterator[Rule]:
    """Layers of one kind, and the norms behind them, as Keras numbers them."""
    for index, scope in enumerate(scopes):
        yield Rule(scope, (f"{{leaf}}_{index}" if index else "{leaf}",))


def _keras_unet(dims: int) -> Family:
    blocks = ["encoder/level0", "encoder/level1", "encoder/level2", "decoder/level1", "decoder/level0"]
    convs = [f"{block}/conv{conv}" for block in blocks for conv in (1, 2)]
    leaves = {Conv: f"conv{dims}d", TransposedConv: f"conv{dims}d_transpose", Norm: "batch_normalization"}
    rules = (*_in_order([*convs, "head"]), *_in_order(["decoder/level1/up", "decoder/level0/up"]))
    return Family(f"keras-unet of three levels in {dims}D", leaves, rules)


FAMILIES = {
    "keras_unet_collection_u2net": COLLECTION_U2NET,
    "keras_unet_collection": COLLECTION_UNET,
    "keras_unet_custom_3d": _keras_unet(3),
    "keras_unet": _keras_unet(2),
}
"""By how the fixtures' names begin; the first that fits."""
