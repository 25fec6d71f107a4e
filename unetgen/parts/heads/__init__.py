"""The head: from the decoder's features to classes: `head`."""

from unetgen.parts.heads.deep_supervision import DeepSupervision
from unetgen.parts.heads.head import Head

__all__ = ["DeepSupervision", "Head"]
