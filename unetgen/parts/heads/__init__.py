"""The head: from the decoder's features to classes: `head`."""

from unetgen.parts.heads.head import DeepSupervision, Head

__all__ = ["DeepSupervision", "Head"]
