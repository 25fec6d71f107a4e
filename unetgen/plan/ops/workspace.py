"""What an op holds in memory: what of its forward pass is kept, and what stands beside input and output.

The numbers are values of one sample, in the order in which TensorFlow makes them on a CPU. How they are
allocated and freed, and how many bytes a value has, is the analysis's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kept(Enum):
    """What the backward pass of an op needs of its forward pass."""

    NOTHING = "nothing"
    INPUTS = "inputs"
    OUTPUT = "output"
    BOTH = "both"


class Reuse(Enum):
    """When a tensor is written over another one of its size."""

    NEVER = "never"
    LAST_USE = "where nothing else needs that one"
    ALWAYS = "always: the two are one tensor"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The tensors besides an op's inputs, its output and their gradients; by default there are none."""

    forward: tuple[int, ...] = ()
    """Made before the output, one out of the other: each goes once the next is there."""
    backward: tuple[int, ...] | None = None
    """The same after the gradients of the inputs; None: those of `forward` in reverse."""
    is_forward_kept: bool = False
    """Whether a training step keeps those of `forward` up to the backward pass."""
    term: int = 0
    """Stands beside the output while it is made: one term of a sum."""
    kernels: int = 0
    """Kernels derived from the weights, of no sample; a training step keeps them."""
    score: int = 0
    """What an activation at the op's end was given, kept for the backward pass."""
    mask: int = 0
    """Kept for the backward pass, with one byte a value."""
    gradient_sum: int = 0
    """A variable into which TensorFlow's graph optimizer sums the terms of a gradient. It begins with zeros,
    a constant that is held through the whole step; all ops share the largest."""
    is_over_input: bool = False
    """Whether the output is written over an input that nothing else needs."""
    gradient: Reuse = Reuse.NEVER
    """When the gradient of an input is written over that of the output."""
    is_identity_in_prediction: bool = False
    """Whether a prediction hands the input on as it is."""
    is_in_float32: bool = False
    """Whether the op works in float32 at least, on a copy of narrower input that the backward pass keeps."""
    is_copied_for_xla: bool = False
    """Whether XLA, where it takes over, keeps the input as a copy in its own layout."""
    is_transposed_for_xla: bool = False
    """Whether XLA brings input and output into its own layout, which then stand beside them."""
