"""The rewrites, one file for each idea, in the order in which the manager tries them.

Convolutions first take what follows from fixed weights, then move to smaller tensors while they still are
bare; an activation becomes part of them before they are moved along with it, or merged. How those that
are left are multiplied comes last.
"""

from __future__ import annotations

from unetgen.rewrites.activation import FuseActivation
from unetgen.rewrites.batch_norm import FoldBatchNorm
from unetgen.rewrites.dropout import DropDropout
from unetgen.rewrites.instance_norm import FuseInstanceNorm
from unetgen.rewrites.linear import DropLinear
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.pairs import ConvolveByPairs
from unetgen.rewrites.pointwise import PointwiseBeforeLinear, PointwiseBeforeNearest
from unetgen.rewrites.pooling import PoolBeforeActivation, PoolBeforeSmoothActivation
from unetgen.rewrites.rewrite import Rewrite
from unetgen.rewrites.softmax import SoftmaxByChannels
from unetgen.rewrites.transposed import ComposeTransposed
from unetgen.rewrites.winograd import Winograd

REWRITES: tuple[Rewrite, ...] = (
    DropDropout(),
    DropLinear(),
    FoldBatchNorm(),
    PointwiseBeforeLinear(),
    ComposeTransposed(orders_weights=True),
    FuseActivation(),
    PointwiseBeforeNearest(),
    MergeUpsampling(),
    SplitConcatenation(),
    PoolBeforeActivation(),
    PoolBeforeSmoothActivation(),
    FuseInstanceNorm(),
    SoftmaxByChannels(),
    Winograd(),
    ConvolveByPairs(),
)
FOR_TRAINING = tuple(rewrite for rewrite in REWRITES if rewrite.for_training)
FOR_INFERENCE = tuple(rewrite for rewrite in REWRITES if rewrite.for_inference)
