"""Writes tests/parity/fixtures/*.npz: small originals with random weights, one input and its outputs.

Run by hand, where PyTorch and the originals are installed, from the root of the repository:

    pip install torch==2.13.0 monai==1.6.1 dynamic-network-architectures==0.4.4
    python -m tests.parity.make_fixtures [NAME ...]

(those are the versions that wrote the files that are there). Each fixture belongs to the config of the same
name beside it. Weights are rounded to float16, which is what is kept; the original computes with the rounded
ones, in float32. Scales, offsets and statistics of norms are far from their initial values, so that none of
them can be lost unseen. Copies of a tensor under a second name are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from dynamic_network_architectures.architectures.unet import PlainConvUNet, ResidualEncoderUNet
from dynamic_network_architectures.building_blocks.residual import BottleneckD
from monai.networks import nets
from monai.networks.nets import vnet
from torch import nn

from tests.parity.originals import write


def nnunet(network: type[nn.Module], dims: int, channels: int, classes: int, **own: Any) -> nn.Module:
    """A network of nnU-Net's with the arguments that all of its plans share."""
    return network(
        input_channels=channels,
        num_classes=classes,
        conv_op=getattr(nn, f"Conv{dims}d"),
        norm_op=getattr(nn, f"InstanceNorm{dims}d"),
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
        conv_bias=True,
        deep_supervision=True,
        n_stages=len(own["features_per_stage"]),
        **own,
    )


FLAT = [[1, 3, 3], [3, 3, 3], [3, 3, 3]]
FLAT_STRIDES = [[1, 1, 1], [1, 2, 2], [2, 2, 2]]
DYN_2D = ([3, [3, 1], 3], [1, 2, [2, 1]], [2, [2, 1]])
DYN_3D = ([[1, 3, 3], 3, 3], [1, [1, 2, 2], 2], [[1, 2, 2], 2])


class NarrowVNet(nn.Module):
    """MONAI's VNet of its own parts, with fewer channels and steps: the class has its widths fixed."""

    def __init__(self, act: str = "elu", bias: bool = False) -> None:
        super().__init__()
        self.in_tr = vnet.InputTransition(2, 1, 3, act, bias=bias)
        self.down_tr32 = vnet.DownTransition(2, 3, 1, act, bias=bias)
        self.down_tr64 = vnet.DownTransition(2, 6, 2, act, bias=bias)
        self.up_tr64 = vnet.UpTransition(2, 12, 12, 2, act)
        self.up_tr32 = vnet.UpTransition(2, 12, 6, 1, act)
        self.out_tr = vnet.OutputTransition(2, 6, 2, act, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Down and up."""
        fine = self.in_tr(x)
        middle = self.down_tr32(fine)
        return self.out_tr(self.up_tr32(self.up_tr64(self.down_tr64(middle), middle), fine))


Networks = Mapping[str, tuple[Callable[[], nn.Module], tuple[int, ...]]]
"""By the fixture's name: what makes the original, and the shape of its input, channels first."""
NETWORKS: Networks = {
    "nnunet_plain_2d": (
        lambda: nnunet(
            *(PlainConvUNet, 2, 2, 3),
            features_per_stage=[4, 6, 8, 8],
            kernel_sizes=[[3, 3]] * 4,
            strides=[[1, 1], [2, 2], [2, 2], [2, 1]],
            n_conv_per_stage=[2, 2, 2, 2],
            n_conv_per_stage_decoder=[1, 2, 2],
        ),
        (2, 24, 12),
    ),
    "nnunet_plain_3d_anisotropic": (
        lambda: nnunet(
            *(PlainConvUNet, 3, 1, 2),
            features_per_stage=[3, 4, 6],
            kernel_sizes=FLAT,
            strides=FLAT_STRIDES,
            n_conv_per_stage=[2, 2, 2],
            n_conv_per_stage_decoder=[2, 2],
        ),
        (1, 6, 12, 8),
    ),
    "nnunet_resenc_2d": (
        lambda: nnunet(
            *(ResidualEncoderUNet, 2, 1, 3),
            features_per_stage=[4, 6, 6],
            kernel_sizes=[[3, 3], [3, 3], [3, 3]],
            strides=[[1, 1], [2, 2], [2, 2]],
            n_blocks_per_stage=[1, 2, 3],
            n_conv_per_stage_decoder=[1, 1],
        ),
        (1, 16, 12),
    ),
    "nnunet_resenc_3d_anisotropic": (
        lambda: nnunet(
            *(ResidualEncoderUNet, 3, 2, 2),
            features_per_stage=[3, 4, 6],
            kernel_sizes=FLAT,
            strides=FLAT_STRIDES,
            n_blocks_per_stage=[1, 2, 1],
            n_conv_per_stage_decoder=[1, 1],
            stem_channels=2,
        ),
        (2, 4, 8, 12),
    ),
    "nnunet_bottleneck_2d": (
        lambda: nnunet(
            *(ResidualEncoderUNet, 2, 1, 2),
            features_per_stage=[4, 8, 8],
            kernel_sizes=[[3, 3], [3, 3], [5, 3]],
            strides=[[1, 1], [2, 2], [2, 2]],
            n_blocks_per_stage=[1, 2, 1],
            n_conv_per_stage_decoder=[1, 1],
            block=BottleneckD,
            bottleneck_channels=[2, 4, 4],
        ),
        (1, 12, 16),
    ),
    "monai_basic_unet_2d": (
        lambda: nets.BasicUNet(2, 1, 2, features=(2, 2, 4, 8, 16, 3), upsample="deconv"),
        (1, 35, 38),
    ),
    "monai_basic_unet_3d": (
        lambda: nets.BasicUNet(3, 1, 1, features=(1, 1, 2, 4, 8, 2), upsample="deconv"),
        (1, 33, 17, 16),
    ),
    "monai_unet_2d": (
        lambda: nets.UNet(2, 1, 2, channels=(4, 6, 8), strides=(2, 2), num_res_units=2, norm="batch"),
        (1, 16, 20),
    ),
    "monai_unet_3d_no_units": (
        lambda: nets.UNet(3, 2, 2, channels=(3, 4, 6), strides=(2, 2), num_res_units=0, norm="batch"),
        (2, 8, 12, 8),
    ),
    "monai_attention_unet_2d": (
        lambda: nets.AttentionUnet(2, 1, 2, channels=(4, 6, 8), strides=(2, 2)),
        (1, 12, 16),
    ),
    "monai_dynunet_2d": (
        lambda: nets.DynUNet(2, 1, 2, *DYN_2D, filters=[4, 6, 8], res_block=False),
        (1, 12, 8),
    ),
    "monai_dynunet_3d_residual": (
        lambda: nets.DynUNet(3, 2, 2, *DYN_3D, filters=[3, 4, 6], res_block=True),
        (2, 4, 8, 8),
    ),
    "monai_segresnet_3d": (
        lambda: nets.SegResNet(
            *(3, 2, 1, 2), norm=("GROUP", {"num_groups": 2}), blocks_down=(1, 2, 1), blocks_up=(1, 1)
        ),
        (1, 8, 12, 8),
    ),
    "monai_vnet_2d": (NarrowVNet, (1, 12, 16)),
    "monai_vnet_2d_bias": (lambda: NarrowVNet("prelu", bias=True), (1, 12, 16)),
    "monai_unet_2d_ordered": (
        lambda: nets.UNet(
            *(2, 1, 2, (4, 6), (2,)),
            num_res_units=1,
            act=("elu", {"alpha": 0.7}),
            norm="batch",
            adn_ordering="AN",
        ),
        (1, 12, 16),
    ),
    "monai_dynunet_2d_slopes": (
        lambda: nets.DynUNet(
            *(2, 1, 2, [3, 3, 3], [1, 2, 2], [2, 2]), filters=[3, 4, 6], res_block=True, act_name="prelu"
        ),
        (1, 12, 8),
    ),
    "monai_segresnet_2d_deconv": (
        lambda: nets.SegResNet(
            *(2, 2, 1, 2),
            act="prelu",
            norm=("GROUP", {"num_groups": 2}),
            blocks_down=(1, 2),
            blocks_up=(1,),
            upsample_mode="deconv",
        ),
        (1, 8, 12),
    ),
}


def randomized(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """The network with other weights and statistics, all of them representable in float16."""

    def normal(tensor: torch.Tensor, mean: float, deviation: float) -> torch.Tensor:
        drawn = mean + deviation * torch.randn(tensor.shape, generator=generator)
        return drawn.half().float()

    with torch.no_grad():
        for module in network.modules():
            for name, tensor in module.named_parameters(recurse=False):
                if isinstance(module, nn.PReLU):
                    tensor.copy_(normal(tensor, 0.3, 0.1))
                elif tensor.dim() > 1:
                    fan = tensor[0].numel()
                    tensor.copy_(normal(tensor, 0.0, (1.5 / fan) ** 0.5))
                else:
                    tensor.copy_(normal(tensor, 1.0 if name == "weight" else 0.2, 0.3))
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
                module.running_mean.copy_(normal(module.running_mean, 0.3, 0.3))
                module.running_var.copy_(normal(module.running_var, 1.0, 0.1).abs())
    return network.eval()


def without_copies(network: nn.Module) -> dict[str, np.ndarray]:
    """Every tensor once, under the first of its names that no list of modules gave it."""
    kept: dict[str, np.ndarray] = {}
    seen: set[int] = set()
    hidden = ("all_modules", "decoder.encoder.", "skip_layers.", "act_mod.", "num_batches_tracked")
    for name, tensor in network.state_dict().items():
        if any(word in name for word in hidden) or tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        kept[name] = tensor.numpy().astype(np.float16)
    return kept


def outputs_of(network: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    with torch.no_grad():
        given = network(x)
    return list(given) if isinstance(given, list | tuple) else [given]


def main(names: list[str], networks: Networks) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or networks:
        make, shape = networks[name]
        generator = torch.Generator().manual_seed(sum(map(ord, name)))
        network = randomized(make(), generator)
        x = torch.randn((1, *shape), generator=generator).half().float()
        tensors = without_copies(network)
        outputs = [output[0].numpy() for output in outputs_of(network, x)]
        write(name, tensors, x[0].numpy().astype(np.float16), outputs)


if __name__ == "__main__":
    main(sys.argv[1:], NETWORKS)
