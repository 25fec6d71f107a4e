"""The cropping skip: the encoder's tensor cut to the up-sampled one, whatever the padding."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.skips.joining import JoiningSkip


class CropSkip(JoiningSkip):
    """Copy and crop: concatenation with the encoder's tensor, centre-cropped (arXiv 1505.04597).

    Unlike `concat`, which crops where convolutions are `valid`, it takes sizes that do not divide whatever
    the padding, as `resize: centre_crop` does: what a down leaves over is cut off the skip, and the output
    is smaller than the input. That `fit` of the recipe follows from this kind.
    """

    kind: Literal["crop"] = "crop"
