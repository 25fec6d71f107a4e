"""Normalizations: `norm`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.norms.batch import BatchNorm
from unetgen.parts.norms.group import GroupNorm
from unetgen.parts.norms.instance import InstanceNorm
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.norms.none import NoNorm
from unetgen.parts.norms.normalization import Normalization

AnyNorm = NoNorm | BatchNorm | InstanceNorm | GroupNorm | LayerNorm
NORMS: tuple[type[Normalization], ...] = get_args(AnyNorm)
NormField = Annotated[AnyNorm, Kinds("norm", AnyNorm, base=Normalization)]

__all__ = ["NORMS", "AnyNorm", "NormField"]
