"""The rewrites, one file each, in the order in which the manager tries them."""

from __future__ import annotations

from unetgen.plan.rewrite import Rewrite
from unetgen.plan.rewrites.dropout import DropDropout
from unetgen.plan.rewrites.merged_conv import MergeIntoConv

REWRITES: tuple[Rewrite, ...] = (
    DropDropout(),
    MergeIntoConv(),
)
FOR_TRAINING = tuple(rewrite for rewrite in REWRITES if rewrite.for_training)
