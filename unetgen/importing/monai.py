"""Checkpoints of MONAI's networks, whose configs have to be named."""

from __future__ import annotations

from functools import partial

from unetgen.importing.comparing import largest_difference
from unetgen.importing.families import MONAI_MARKS, recognized
from unetgen.importing.monai_limits import require_expressible, require_same_padding
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import monai_original
from unetgen.weights.files import read_tensors
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import transplant


def monai_network(asked: Asked) -> Network:
    """The network of the file's tensors, one of those of MONAI's that are known."""
    design = asked.chosen("a checkpoint of MONAI's")
    tensors = without_prefix(read_tensors(asked.file), MONAI_MARKS)
    family = recognized(tensors)
    require_expressible(family.name, tensors)
    original = monai_original(design.config, family, tensors)
    layers = transplant(design.plan, tensors, family)
    require_same_padding(family.name, design.plan)
    difference = partial(largest_difference, design.config, layers)
    return Network(design, family.name, layers, tensors, original, difference)
