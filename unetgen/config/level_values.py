"""The lists of a config, spread out: what every level, axis and convolution has.

Each is spread out once, when it is first asked for, and raises `Wrong` where its entries are too many or too
few. The check of the lists and the making of the recipe ask for the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from unetgen.config.level_filters import Widths, decoder_filters, encoder_filters
from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder
from unetgen.errors import at, problems_under
from unetgen.parts.activation import ActivationChoice
from unetgen.parts.blocks import AnyBlock
from unetgen.parts.downs import AnyDown
from unetgen.parts.norms import AnyNorm
from unetgen.parts.per_level import list_in_entry
from unetgen.parts.skips import AnySkip
from unetgen.parts.ups import AnyUp
from unetgen.parts.values import each, is_nested, per_axis, per_level, per_level_axes
from unetgen.plan.ops.base import Axes

T = TypeVar("T")


@dataclass(frozen=True)
class LevelValues:
    """The lists of `config`; the problems of each have their paths from the top."""

    config: UNetConfig

    @cached_property
    def kernels(self) -> tuple[Axes, ...]:
        """The kernel of each level of the encoder."""
        config = self.config
        return at(("kernel",), per_level_axes, config.kernel, config.depth, config.dims)

    @cached_property
    def dropout_rates(self) -> tuple[float, ...]:
        """The rate of each level of the encoder."""
        return at(("dropout", "rate"), per_level, self.config.dropout.rate, self.config.depth)

    @cached_property
    def blocks(self) -> tuple[AnyBlock, ...]:
        """The block of each level of the encoder."""
        with problems_under("block"):
            return per_level(self.config.block, self.config.depth)

    @cached_property
    def norms(self) -> tuple[AnyNorm, ...]:
        """The normalization of each level of the encoder."""
        with problems_under("norm"):
            return per_level(self.config.norm, self.config.depth)

    @cached_property
    def activations(self) -> tuple[ActivationChoice, ...]:
        """The activation of each level of the encoder."""
        with problems_under("activation"):
            return per_level(self.config.activation, self.config.depth)

    @cached_property
    def biases(self) -> tuple[bool, ...]:
        """Whether the convolutions of each level of the encoder have a bias."""
        with problems_under("use_bias"):
            return per_level(self.config.use_bias, self.config.depth)

    @cached_property
    def downs(self) -> tuple[AnyDown, ...]:
        """What leads from each level to the next, coarser one."""
        with problems_under("down"):
            return per_level(self.config.down, self.config.depth - 1, "step")

    @cached_property
    def ups(self) -> tuple[AnyUp, ...]:
        """What leads to each level from the next, coarser one."""
        with problems_under("up"):
            return per_level(self.config.up, self.config.depth - 1, "step")

    @cached_property
    def skips(self) -> tuple[AnySkip, ...]:
        """How each level of the encoder joins the decoder."""
        with problems_under("skip"):
            return per_level(self.config.skip, self.config.depth - 1, "decoder level")

    @cached_property
    def step_factors(self) -> tuple[Axes, ...]:
        """The factor per axis of each step from a level to the next."""
        down, dims = self.config.down, self.config.dims
        if (encoder := self.config.encoder) is not None:
            return tuple((factor,) * dims for factor in encoder.factors(self.config.depth - 1))
        if isinstance(down, tuple):
            return at(("down",), each, self.downs, lambda step: at(("size",), _factor, step.size, dims))
        return at(("down", "size"), per_level_axes, down.size, self.config.depth - 1, dims, "step")

    @cached_property
    def decoder_kernels(self) -> tuple[Axes, ...] | None:
        """The kernel of each level of the decoder; None: the encoder's."""
        config = self.config
        if config.decoder is None or (kernel := config.decoder.kernel) is None:
            return None
        path, levels = ("decoder", "kernel"), config.depth - 1
        return at(path, per_level_axes, kernel, levels, config.dims, "decoder level")

    @cached_property
    def decoder_dropout_rates(self) -> tuple[float, ...] | None:
        """The rate of each level of the decoder; None: the encoder's."""
        config = self.config
        if config.decoder is None or (dropout := config.decoder.dropout) is None:
            return None
        return at(("decoder", "dropout", "rate"), per_level, dropout.rate, config.depth - 1, "decoder level")

    @cached_property
    def decoder_blocks(self) -> tuple[AnyBlock, ...]:
        """The block of each level of the decoder."""
        return self.of_decoder("block", self._decoder.block) or self.blocks[:-1]

    @cached_property
    def decoder_norms(self) -> tuple[AnyNorm, ...]:
        """The normalization of each level of the decoder."""
        return self.of_decoder("norm", self._decoder.norm) or self.norms[:-1]

    @cached_property
    def decoder_activations(self) -> tuple[ActivationChoice, ...]:
        """The activation of each level of the decoder."""
        return self.of_decoder("activation", self._decoder.activation) or self.activations[:-1]

    @cached_property
    def decoder_biases(self) -> tuple[bool, ...]:
        """Whether the convolutions of each level of the decoder have a bias."""
        return self.of_decoder("use_bias", self._decoder.use_bias) or self.biases[:-1]

    @cached_property
    def encoder_filters(self) -> Widths:
        """The filters of every convolution of every encoder level."""
        return encoder_filters(self.config, self.blocks)

    @cached_property
    def decoder_filters(self) -> Widths:
        """The filters of every convolution of every decoder level."""
        return decoder_filters(self.config, self.decoder_blocks, self.encoder_filters)

    @property
    def _decoder(self) -> Decoder:
        return self.config.decoder or Decoder()

    def of_decoder(self, field: str, value: T | tuple[T, ...] | None) -> tuple[T, ...] | None:
        """What each level of the decoder has of its own; None: as the encoder's."""
        if value is None:
            return None
        with problems_under("decoder", field):
            return per_level(value, self.config.depth - 1, "decoder level")


def _factor(size: int | Axes | tuple[Axes, ...], dims: int) -> Axes:
    """The factor per axis of one step."""
    if is_nested(size):
        raise list_in_entry(size)
    return per_axis(size, dims)
