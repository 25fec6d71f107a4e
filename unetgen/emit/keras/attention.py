"""The Keras layers of what attends to all positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unetgen.plan.call import Call
from unetgen.plan.ops import Op, PositionAttention, SelfAttention
from unetgen.plan.ops.base import Specs

if TYPE_CHECKING:
    from unetgen.emit.keras.table import Emission


def _self_attention(op: SelfAttention, inputs: Specs, e: Emission) -> Call:
    initializer = {"kernel_initializer": op.kernel_initializer} if op.kernel_initializer else {}
    return Call(
        "unetgen.layers.SpatialSelfAttention",
        {
            "dims": inputs[0].dims,
            "num_heads": op.num_heads,
            "key_dim": op.key_dim,
            "use_bias": op.use_bias,
            "dropout": op.dropout,
            **initializer,
            "seed": None,
            "data_format": e.data_format,
        },
    )


def _position_attention(op: PositionAttention, inputs: Specs, e: Emission) -> Call:
    arguments = {"dims": inputs[0].dims, "data_format": e.data_format}
    return Call("unetgen.layers.SpatialPositionAttention", arguments)


ATTENTION: Mapping[type[Op], Callable[[Any, Specs, Emission], Call]] = {
    SelfAttention: _self_attention,
    PositionAttention: _position_attention,
}
"""Rows of the table of layers."""
