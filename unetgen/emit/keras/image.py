"""The layers of the ops on an image's channels: their rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unetgen.plan.call import Call
from unetgen.plan.ops import Op, SelectChannels, Standardize
from unetgen.plan.ops.base import Specs

if TYPE_CHECKING:
    from unetgen.emit.keras.table import Emission


def _select_channels(op: SelectChannels, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.ChannelSelection", {"channels": op.channels, "axis": e.channel_axis})


def _standardize(op: Standardize, inputs: Specs, e: Emission) -> Call:
    mean, variance = op.mean, tuple(std * std for std in op.std)
    if len(set(mean)) == len(set(variance)) == 1:
        arguments: dict[str, Any] = {"mean": mean[0], "variance": variance[0]}
    else:
        arguments = {"mean": mean, "variance": variance}
    return Call("keras.layers.Normalization", {"axis": e.channel_axis, **arguments})


IMAGE: Mapping[type[Op], Callable[[Any, Specs, Emission], Call]] = {
    SelectChannels: _select_channels,
    Standardize: _standardize,
}
"""They are computed in float32: half precision has no room for the values of an image."""
