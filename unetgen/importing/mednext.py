"""MedNeXt's names of tensors, the authors' and MONAI's: where a plan's layers are in them.

As MIC-DKFZ/MedNeXt (0b78ed8, nnunet_mednext/network_architecture/mednextv1) and MONAI 1.6.1
(monai/networks/nets/mednext.py) give them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.weights.transplant import Leaves, Rule, Tensors, WeightFamily
from unetgen.weights.where import ANY, BLOCK, decoder, encoder, head

MARKS = ("stem.weight", "dummy_tensor")
"""Beginnings of names that only the network itself has."""
_PIECES: Mapping[str, Leaves] = {
    "depthwise": {Conv: "conv1", TransposedConv: "conv1", Norm: "norm"},
    "expand": {Conv: "conv2"},
    "reduce": {Conv: "conv3"},
    "shortcut": {Conv: "res_conv", TransposedConv: "res_conv"},
}
"""By the piece of a block, a down or an up."""


def _rules() -> Iterator[Rule]:
    for piece, leaves in _PIECES.items():
        for within, block in (((BLOCK, piece), "{block_0}"), ((piece,), "0")):
            names = f"enc_block_{{level}}.{block}.{{leaf}}", f"bottleneck.{block}.{{leaf}}"
            yield Rule(encoder(*within), names, leaves)
            yield Rule(decoder(*within), (f"dec_block_{{level}}.{block}.{{leaf}}",), leaves)
        yield Rule(encoder(piece, part="down"), ("down_{level_0}.{leaf}",), leaves)
        yield Rule(decoder(piece, part="up"), ("up_{level}.{leaf}",), leaves)


MEDNEXT = WeightFamily(
    "MedNeXt",
    {},
    (
        Rule(encoder(part="stem"), ("stem",)),
        *_rules(),
        Rule(head(), ("out_0.conv_out",)),
        Rule(head(level=ANY), ("out_{level}.conv_out",)),
    ),
)
"""By the authors' names; `authors_tensors` gives MONAI's these too."""

_MONAI = re.compile(r"^(enc_stages|down_blocks|up_blocks|dec_stages|out_blocks)\.(\d+)\.")
_AUTHORS = {
    "enc_stages": "enc_block",
    "down_blocks": "down",
    "up_blocks": "up",
    "dec_stages": "dec_block",
    "out_blocks": "out",
}
UNREAD = "dummy_tensor"
"""What the authors' network has for PyTorch's checkpoints, and computes nothing with."""
_HEAD = re.compile(r"^out_\d+\.conv_out\.weight$")


def authors_tensors(tensors: Tensors) -> Tensors:
    """The tensors of a MedNeXt by the authors' names, whichever of the two has written them.

    MONAI counts the ways up, the decoder's blocks and the further heads from the coarsest level. A head is a
    transposed convolution of 1x1 in both, ``(in, out, *k)``; here it is the convolution of the same function,
    ``(out, in, *k)``.
    """
    found = [_MONAI.match(name) for name in tensors]
    levels = 1 + max((int(match[2]) for match in found if match and match[1] == "up_blocks"), default=-1)
    named = {_named(name, levels): tensor for name, tensor in tensors.items() if name != UNREAD}
    return {
        name: np.swapaxes(tensor, 0, 1) if _HEAD.match(name) and tensor.ndim > 1 else tensor
        for name, tensor in named.items()
    }


def is_of_monai(tensors: Tensors) -> bool:
    """Whether the names are MONAI's, and not the authors'."""
    return any(map(_MONAI.match, tensors))


def _named(name: str, levels: int) -> str:
    """The authors' name of MONAI's tensor, in a network of so many ways up; another name as it is."""
    match = _MONAI.match(name)
    if match is None:
        return name
    kind, index = match[1], int(match[2])
    if kind in ("up_blocks", "dec_stages"):
        index = levels - 1 - index
    elif kind == "out_blocks":
        index = levels - index
    return f"{_AUTHORS[kind]}_{index}.{name[match.end() :]}"
