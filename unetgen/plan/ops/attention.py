"""Attention of every position to every other."""

from __future__ import annotations

from dataclasses import dataclass, field

from unetgen.plan.call import Call
from unetgen.plan.ops.base import APART, Op, Reach, Specs, Weight, everywhere
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class SelfAttention(Op):
    """Multi-head attention of the flattened positions to each other (Vaswani et al. 2017, arXiv 1706.03762).

    Queries, keys and values have `key_dim` channels a head; the output has the input's channels. Its scores
    take ``num_heads * positions**2`` values.
    """

    num_heads: int
    key_dim: int
    use_bias: bool = True
    dropout: float = 0.0
    kernel_initializer: Call | None = field(default=None, metadata=APART)

    kept = Kept.INPUTS

    def words(self) -> str:
        return f"self-attention of {self.num_heads} heads"

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def workspace(self, inputs: Specs) -> Workspace:
        """Queries, keys, values and what they weigh, with the scores, whose softmax is made in place."""
        scores = self.score_elements(inputs)
        forward = 4 * inputs[0].positions * self.num_heads * self.key_dim + scores
        # Backwards the gradients of all those, and of the softmax besides.
        return Workspace(forward=(forward,), backward=(forward + scores,), is_forward_kept=True)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return everywhere(axis, inputs)

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        channels, heads = inputs[0].channels, (self.num_heads, self.key_dim)
        weights: list[Weight] = []
        for name, kernel, bias in (
            ("query", (channels, *heads), heads),
            ("key", (channels, *heads), heads),
            ("value", (channels, *heads), heads),
            ("output", (*heads, channels), (channels,)),
        ):
            weights.append(Weight(f"{name}_kernel", kernel))
            if self.use_bias:
                weights.append(Weight(f"{name}_bias", bias))
        return tuple(weights)

    def macs(self, inputs: Specs) -> int:
        """The four projections, and the two products with the scores."""
        (source,) = inputs
        width = self.num_heads * self.key_dim
        return source.positions * width * (4 * source.channels + 2 * source.positions)

    def score_elements(self, inputs: Specs) -> int:
        """Values of the scores of one sample."""
        return self.num_heads * inputs[0].positions ** 2
