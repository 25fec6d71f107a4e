"""Normalizations of intensities: `data.normalize`."""

from typing import Annotated, get_args

from unetgen.data.normalization.none import RawIntensity
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics
from unetgen.data.normalization.percentiles import Percentiles
from unetgen.data.normalization.scale import DividedIntensity
from unetgen.data.normalization.window import IntensityWindow
from unetgen.data.normalization.zscore import ZScore
from unetgen.parts.choice import Kinds

AnyNormalize = ZScore | Percentiles | IntensityWindow | DividedIntensity | RawIntensity
NORMALIZATIONS: tuple[type[IntensityNormalization], ...] = get_args(AnyNormalize)
NormalizeField = Annotated[AnyNormalize, Kinds("normalize", AnyNormalize)]

__all__ = ["NORMALIZATIONS", "AnyNormalize", "NormalizeField", "Statistics"]
