"""Normalizations: `norm`."""

from unetgen.parts.norms.batch import BatchNorm
from unetgen.parts.norms.group import GroupNorm
from unetgen.parts.norms.instance import InstanceNorm
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.norms.none import NoNorm
from unetgen.parts.part import kinds

NORMS = (NoNorm, BatchNorm, InstanceNorm, GroupNorm, LayerNorm)
AnyNorm = NoNorm | BatchNorm | InstanceNorm | GroupNorm | LayerNorm
NormField = kinds(*NORMS)

__all__ = ["NORMS", "AnyNorm", "NormField"]
