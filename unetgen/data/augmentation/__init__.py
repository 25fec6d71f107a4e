"""Augmentations: `data.augment`."""

from typing import Annotated, get_args

from unetgen.data.augmentation.augmentation import Augmentation
from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.augmentation.light import LightAugmentation
from unetgen.data.augmentation.nnunet import NnunetAugmentation
from unetgen.data.augmentation.none import NoAugmentation
from unetgen.parts.choice import Kinds

AnyAugment = NoAugmentation | LightAugmentation | NnunetAugmentation | CustomAugmentation
AUGMENTATIONS: tuple[type[Augmentation], ...] = get_args(AnyAugment)
AugmentField = Annotated[AnyAugment, Kinds("augment", AnyAugment)]

__all__ = ["AUGMENTATIONS", "AnyAugment", "AugmentField"]
