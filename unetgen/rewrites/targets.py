"""What pays in which runtime: the rewrites that a plan is given before it is written for that runtime.

Rewrites are exact anywhere; whether one saves time depends on the kernels that a runtime has. Those for
Keras, ``FOR_TRAINING`` and ``FOR_INFERENCE``, were measured in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from unetgen.plan.graph import Plan
from unetgen.rewrites.batch_norm import FoldBatchNorm
from unetgen.rewrites.dropout import DropDropout
from unetgen.rewrites.linear import DropLinear
from unetgen.rewrites.manager import Rewritten, rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.pointwise import PointwiseBeforeLinear, PointwiseBeforeNearest
from unetgen.rewrites.rewrite import Rewrite
from unetgen.rewrites.transposed import ComposeTransposed

Target = Literal["onnxruntime", "openvino", "litert"]

TARGETS: Mapping[Target, tuple[Rewrite, ...]] = {
    "onnxruntime": (
        DropDropout(),
        DropLinear(),
        FoldBatchNorm(),
        PointwiseBeforeLinear(),
        PointwiseBeforeNearest(),
        MergeUpsampling(),
    ),
    "openvino": (
        DropDropout(),
        DropLinear(),
        FoldBatchNorm(),
        PointwiseBeforeLinear(),
        ComposeTransposed(),
        PointwiseBeforeNearest(),
        MergeUpsampling(),
        SplitConcatenation(),  # a sum is added within the second convolution; a concatenation is a copy
    ),
    "litert": (
        DropDropout(),
        DropLinear(),
        FoldBatchNorm(),
        PointwiseBeforeLinear(),
        PointwiseBeforeNearest(),
        MergeUpsampling(),
    ),
}


def rewritten_for_target(plan: Plan, target: Target) -> Rewritten:
    """`plan` after every change that pays in `target`, and the way there."""
    return rewritten(plan, TARGETS[target])
