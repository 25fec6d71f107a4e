"""The skip of the U-Net: concatenation along the channels."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.skips.joining import JoiningSkip


class ConcatSkip(JoiningSkip):
    """Concatenation of the up-sampled tensor and the encoder's (arXiv 1505.04597)."""

    kind: Literal["concat"] = "concat"
