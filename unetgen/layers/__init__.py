"""The Keras layers, losses and metrics that Keras lacks; importing this package registers them all.

They use Keras's public API and ``keras.ops``, so that they run on every backend. `RecomputingModel` alone
reads private attributes of a functional model, and has a way of its own for TensorFlow. A saved model loads
without ``custom_objects`` after ``import unetgen.layers``.
"""

from __future__ import annotations

from unetgen.layers.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from unetgen.layers.activation_with_options import ActivationWithOptions
from unetgen.layers.adaptive_pooling import AdaptivePooling
from unetgen.layers.append_ones import AppendOnes
from unetgen.layers.axis_activation import AxisActivation
from unetgen.layers.binary_crossentropy import BinaryCrossentropy, BinaryFocalCrossentropy
from unetgen.layers.blur_pool import BlurPool
from unetgen.layers.channel_scale import ChannelScale
from unetgen.layers.channel_selection import ChannelSelection
from unetgen.layers.channels_first_conv import (
    ChannelsFirstConv1D,
    ChannelsFirstConv1DTranspose,
    ChannelsFirstConv2D,
    ChannelsFirstConv2DTranspose,
    ChannelsFirstConv3D,
    ChannelsFirstConv3DTranspose,
)
from unetgen.layers.checked_model import CheckedModel
from unetgen.layers.cropping import Cropping
from unetgen.layers.crossentropy import CategoricalCrossentropy, SparseCategoricalCrossentropy
from unetgen.layers.dice_loss import DiceLoss
from unetgen.layers.edge_padding import EdgePadding
from unetgen.layers.fitting import (
    CroppingLike,
    CroppingToMultiple,
    PaddingLike,
    PaddingToMultiple,
    ResizingLike,
)
from unetgen.layers.focal_loss import CategoricalFocalCrossentropy
from unetgen.layers.generalized_dice_loss import GeneralizedDiceLoss
from unetgen.layers.grouped_conv_transpose import GroupedConvTranspose
from unetgen.layers.icnr import Icnr
from unetgen.layers.instance_normalization import InstanceNormalization
from unetgen.layers.merged_conv import MergedConv
from unetgen.layers.overlap import DiceCoefficient, MeanIoU
from unetgen.layers.pixel_shuffle import PixelShuffle
from unetgen.layers.pixel_unshuffle import PixelUnshuffle
from unetgen.layers.recomputing_model import RecomputingModel
from unetgen.layers.regression_loss import RegressionLoss, RegressionMetric
from unetgen.layers.resizing import Resizing
from unetgen.layers.softmax_of_few import SoftmaxOfFew
from unetgen.layers.spatial_position_attention import SpatialPositionAttention
from unetgen.layers.spatial_self_attention import SpatialSelfAttention
from unetgen.layers.supervised_model import SupervisedModel
from unetgen.layers.tversky_loss import TverskyLoss
from unetgen.layers.unfused_activation import UnfusedActivation
from unetgen.layers.unfused_zero_padding import UnfusedZeroPadding
from unetgen.layers.upsampling import Upsampling
from unetgen.layers.weighted_sum import WeightedSum
from unetgen.layers.zero_channels import ZeroChannels

__all__ = [
    "ActivationWithOptions",
    "AdaptivePooling",
    "AppendOnes",
    "AxisActivation",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "BlurPool",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "ChannelScale",
    "ChannelSelection",
    "ChannelsFirstConv1D",
    "ChannelsFirstConv1DTranspose",
    "ChannelsFirstConv2D",
    "ChannelsFirstConv2DTranspose",
    "ChannelsFirstConv3D",
    "ChannelsFirstConv3DTranspose",
    "CheckedModel",
    "Cropping",
    "CroppingLike",
    "CroppingToMultiple",
    "DiceCoefficient",
    "DiceLoss",
    "EdgePadding",
    "GeneralizedDiceLoss",
    "GroupedConvTranspose",
    "Icnr",
    "InstanceNormalization",
    "MeanIoU",
    "MergedConv",
    "PaddingLike",
    "PaddingToMultiple",
    "PixelShuffle",
    "PixelUnshuffle",
    "RecomputingModel",
    "RegressionLoss",
    "RegressionMetric",
    "Resizing",
    "ResizingLike",
    "SoftmaxOfFew",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SpatialPositionAttention",
    "SpatialSelfAttention",
    "SupervisedModel",
    "TverskyLoss",
    "UnfusedActivation",
    "UnfusedZeroPadding",
    "Upsampling",
    "WeightedSum",
    "ZeroChannels",
]
