"""What cannot be drawn, written down by hand: every picture beyond these has to be drawn.

The layer view has room for 60 operations, and beyond some 30 of them it stands in two columns. A U with many
levels or wide labels fits no narrow page in any view.
"""

from __future__ import annotations

OPERATIONS = {
    "attention_unet": 121, "isensee2017": 103, "keras_unet_custom": 69, "monai_attention_unet3d": 109,
    "monai_basic_unet2d": 69, "monai_basic_unet3d": 69, "monai_dynunet3d": 84,
    "monai_dynunet3d_residual": 102, "monai_segresnet3d": 105, "monai_vnet3d": 97,
    "nnunet_brain_tumour_2d": 92, "nnunet_brain_tumour_2d_resenc": 239, "nnunet_brain_tumour_3d": 92,
    "nnunet_brain_tumour_3d_resenc": 239,
    "nnunet_hippocampus_3d_resenc": 135, "nnunet_liver_2d": 126, "nnunet_liver_3d": 92,
    "nnunet_liver_3d_resenc": 239, "nnunet_prostate_3d": 109, "r2unet": 243, "resunet": 70, "u2net": 484,
    "u2netp": 484, "unet2d_2015": 61, "unet2d_baseline": 69, "vnet": 69,
    "additive": 66, "additive_projected": 72, "attention": 84, "attention_3d": 84, "attention_residual": 74,
    "dense_block": 104, "depth7": 99, "depth7_residual": 146, "dilated": 124, "excited": 104, "flat": 69,
    "four_convs": 69, "fused": 63, "fused_sum": 81, "nested_u": 169, "nested_u_strided": 167, "nnunet": 108,
    "recurrent": 129, "repeated": 90, "residual": 75, "residual_valid": 61, "strided": 75,
}  # fmt: skip
"""Of the networks that have too many for the layer view."""
TWO_COLUMNS = (
    "keras_unet_collection_unet2d", "nnunet_hippocampus_2d", "nnunet_hippocampus_3d", "quickstart2d",
    "unet3d_2016", "unet3d_depth2", "unet3d_depth3", "unet3d_depth4", "unet3d_ellisdg",
    "1d", "anisotropic", "convnext", "one_conv", "one_strided", "padded", "pyramid", "resized",
    "self_attention", "shuffled", "supervised", "tiny", "tiny_attention", "tiny_fused",
    "tiny_residual", "valid", "valid_1d", "wide", "wide_flat",
)  # fmt: skip
"""The networks whose layer view needs a wide page."""
POINTS = {"single": "245", "ieee": "252", "lncs": "345.8"}
"""The widths of the narrow pages."""
WIDER = {
    ("nnunet_brain_tumour_2d_resenc", "single"): "ieee (252 pt)",
    ("nnunet_liver_2d", "single"): "lncs (345.8 pt)",
    ("nnunet_prostate_3d", "single"): "lncs (345.8 pt)",
    ("u2net", "single"): "lncs (345.8 pt)",
    ("u2netp", "single"): "lncs (345.8 pt)",
    ("depth7_residual", "single"): "lncs (345.8 pt)",
    ("depth7_residual", "ieee"): "lncs (345.8 pt)",
    ("plus_plus_task", "single"): "lncs (345.8 pt)",
    ("plus_plus_task", "ieee"): "lncs (345.8 pt)",
}
"""The width to use instead, of networks that no view draws on a narrow page."""
WIDER_AS_CUBOIDS = {("nnunet_prostate_3d", width): "lncs (345.8 pt)" for width in ("single", "ieee")}
"""The same with boxes drawn in depth."""


def refusal(name: str, view: str, width: str, cuboid: bool = False) -> str | None:
    """The message, or None where the network has to be drawn."""
    if view == "layer" and name in OPERATIONS:
        return (
            f"the layer view draws 60 operations at most, and this network has {OPERATIONS[name]}; "
            "use the block view"
        )
    if width not in POINTS:
        return None
    points = POINTS[width]
    if view == "layer" and name in TWO_COLUMNS:
        return (
            f"the layer view needs two columns (515.5 pt), and the width is {points} pt; "
            "use width double, or the stage view"
        )
    if view != "layer" and (wider := (WIDER_AS_CUBOIDS if cuboid else WIDER).get((name, width))):
        return f"no view of this network fits a width of {points} pt; use width {wider}"
    return None
