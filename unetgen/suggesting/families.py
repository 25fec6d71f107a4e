"""The two networks of nnU-Net: its own, and the one with a residual encoder (ResEnc) in three sizes.

Facts: nnU-Net 2, default_experiment_planner.py and residual_encoder_unet_planners.py. ResEnc: Isensee et al.
2024, arXiv 2404.09556.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.importing.nnunet_plans import PlannedNetwork
from unetgen.suggesting.topology import Axes, NnunetTopology, feature_values

LEAST_BATCH = 2
_MANY = 32
"""More stages than any network has."""


@dataclass(frozen=True)
class NetworkFamily:
    """What differs between the two, and how nnU-Net weighs their memory; mappings are by number of axes."""

    kind: Literal["plain", "residual"]
    convs: Axes
    """Convolutions, or residual blocks, of each stage of the encoder."""
    decoder_convs: Axes
    """Convolutions of each stage of the decoder."""
    reference_values: Mapping[int, float]
    """Values of feature maps for one patch that nnU-Net takes to fill its target at `reference_batch`."""
    reference_batch: Mapping[int, int]
    patch_batch: Mapping[int, int]
    """The batch with which a patch has to fit."""
    share: float
    """The largest share of all positions that a batch may show."""
    target_gigabytes: int = 8
    """What nnU-Net plans it for, in GB of a GPU."""

    def values(self, shape: NnunetTopology, classes: int) -> int:
        """nnU-Net's measure of memory: values of feature maps for one patch."""
        is_residual = self.kind == "residual"
        return feature_values(shape, self.convs, self.decoder_convs, classes, is_residual)

    def network(self, shape: NnunetTopology, batch_dice: bool) -> PlannedNetwork:
        """The network of these stages."""
        return PlannedNetwork(
            family=self.kind,
            patch_size=shape.patch,
            filters=shape.features,
            kernels=shape.kernels,
            strides=shape.strides,
            convs=self.convs[: shape.stages],
            decoder_convs=self.decoder_convs[: shape.stages - 1],
            use_bias=True,
            norm={"kind": "instance", "epsilon": 1e-5, "affine": True},
            activation={"kind": "leaky_relu", "negative_slope": 0.01},
            dropout=None,
            nonlin_first=False,
            stem_filters=None,
            bottleneck_ratio=None,
            cascade=False,
            batch_dice=batch_dice,
        )


PLAIN = NetworkFamily(
    kind="plain",
    convs=(2,) * _MANY,
    decoder_convs=(2,) * _MANY,
    reference_values={2: 85e6, 3: 560e6},
    reference_batch={2: 12, 3: 2},
    patch_batch={2: LEAST_BATCH, 3: LEAST_BATCH},
    share=0.05,
)
RESIDUAL = NetworkFamily(
    kind="residual",
    convs=(1, 3, 4, *(6,) * _MANY),
    decoder_convs=(1,) * _MANY,
    reference_values={2: 135e6, 3: 680e6},
    reference_batch={2: 12, 3: 2},
    patch_batch={2: 12, 3: 2},
    share=1.0,
)
RESIDUAL_L = replace(RESIDUAL, reference_values={2: 380e6, 3: 2_100e6}, target_gigabytes=24)
RESIDUAL_XL = replace(RESIDUAL, reference_values={2: 560e6, 3: 3_600e6}, target_gigabytes=40)
Preset = Literal["M", "L", "XL"]
PRESETS: Mapping[Preset, NetworkFamily] = {"M": RESIDUAL, "L": RESIDUAL_L, "XL": RESIDUAL_XL}
"""nnU-Net's presets of its residual encoder, nnUNetPlannerResEncM to XL."""
