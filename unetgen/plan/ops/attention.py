"""Attention of every position to every other."""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class PositionAttention(Op):
    """MA-Net's attention of positions: queries, keys and values, each at the same positions.

    One softmax goes over the scores of all pairs of positions, and the weighed values, one row of channels a
    position, are read again as channels of positions, without a transposition: so
    segmentation_models_pytorch computes it, and weights that were trained there need both. DANet's (Fu et al.
    2019, arXiv 1809.02983) normalizes each row of scores, and transposes. There are positions**2 scores.
    """

    kept = Kept.INPUTS

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[2]

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        query, key, value = inputs
        if query != key or (query.spatial, query.free) != (value.spatial, value.free):
            yield f"its queries, keys and values do not fit together: {inputs}"

    def workspace(self, inputs: Specs) -> Workspace:
        """The scores, whose softmax is made in place, and what they weigh before its layout changes."""
        scores, weighed = self.score_elements(inputs), inputs[2].elements
        return Workspace(forward=(scores, weighed), backward=(weighed, 2 * scores), is_forward_kept=True)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return everywhere(axis, inputs)

    def macs(self, inputs: Specs) -> int:
        """The two products with the scores."""
        query, _, value = inputs
        return value.positions**2 * (query.channels + value.channels)

    def score_elements(self, inputs: Specs) -> int:
        """Values of the scores of one sample."""
        return inputs[2].positions ** 2
