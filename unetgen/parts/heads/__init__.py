"""The head: from the decoder's features to classes: `head`."""

from unetgen.parts.heads.deep_supervision import DeepSupervision
from unetgen.parts.heads.head import Head
from unetgen.parts.heads.pooled import PooledHead

__all__ = ["DeepSupervision", "Head", "PooledHead"]
