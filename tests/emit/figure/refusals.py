"""What cannot be drawn, written down by hand: every picture beyond these has to be drawn.

A U with many levels or wide labels fits no narrow page in any view.
"""

from __future__ import annotations

POINTS = {"single": "245", "ieee": "252", "lncs": "345.8"}
"""The widths of the narrow pages."""
WIDER = {
    ("nnunet_brain_tumour_2d_resenc", "single"): "lncs (345.8 pt)",
    ("nnunet_brain_tumour_3d_resenc", "single"): "lncs (345.8 pt)",
    ("nnunet_liver_3d_resenc", "single"): "lncs (345.8 pt)",
    ("nnunet_liver_2d", "single"): "lncs (345.8 pt)",
    ("nnunet_prostate_3d", "single"): "lncs (345.8 pt)",
    ("smp_unet_mobilenet_v2", "ieee"): "lncs (345.8 pt)",
    ("cmunext", "single"): "ieee (252 pt)",
    ("pix2pix", "single"): "lncs (345.8 pt)",
    ("pix2pix", "ieee"): "lncs (345.8 pt)",
    ("encoder_plus_plus", "single"): "lncs (345.8 pt)",
    ("encoder_plus_plus", "ieee"): "lncs (345.8 pt)",
    ("multires_unet", "single"): "lncs (345.8 pt)",
    ("nafnet", "single"): "double (515.5 pt)",
    ("u2net", "single"): "lncs (345.8 pt)",
    ("u2netp", "single"): "lncs (345.8 pt)",
    ("plus_plus_task", "single"): "lncs (345.8 pt)",
    ("plus_plus_task", "ieee"): "lncs (345.8 pt)",
}
"""The width to use instead, of networks that no view draws on a narrow page."""
WIDER_AS_CUBOIDS = {
    (name, width): "lncs (345.8 pt)"
    for name in ("nnunet_brain_tumour_3d_resenc", "nnunet_liver_3d_resenc", "nnunet_prostate_3d")
    for width in ("single", "ieee")
}
"""The same with boxes drawn in depth."""


def refusal(name: str, view: str, width: str, cuboid: bool = False) -> str | None:
    """The message, or None where the network has to be drawn."""
    if width not in POINTS:
        return None
    points = POINTS[width]
    if wider := (WIDER_AS_CUBOIDS if cuboid else WIDER).get((name, width)):
        return f"no view of this network fits a width of {points} pt; use width {wider}"
    return None
