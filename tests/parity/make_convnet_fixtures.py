"""Writes the fixtures of newer convolutional U-Nets, as make_fixtures.py does those of nnU-Net and MONAI.

Run by hand from the root of the repository, where those packages and these are:

    pip install pytorch3dunet==1.9.6
    git clone https://github.com/uni-medical/STU-Net        (0652eaf)
    git clone https://github.com/megvii-research/NAFNet     (2b4af71)
    git clone https://github.com/FengheTan9/CMUNeXt         (affbf03)
    pip download --no-deps cellpose==3.1.1.1 biapy==3.7.1   (unpacked as cellpose and biapy)
    ORIGINALS=FOLDER python -m tests.parity.make_convnet_fixtures [NAME ...]

FOLDER is where the clones are.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from monai.networks import nets
from pytorch3dunet.unet3d.model import ResidualUNet3D, UNet3D
from torch import nn

from tests.parity.make_fixtures import Networks, main


def names_of(file: str, **stand_ins: Any) -> dict[str, Any]:
    """What the source of a clone defines, with stand-ins for what it imports and does not compute with."""
    for path, value in stand_ins.items():
        module, _, name = path.rpartition("__")
        made = sys.modules.setdefault(module.replace("__", "."), ModuleType(module))
        setattr(made, name, value)
    names: dict[str, Any] = {}
    exec((Path(os.environ["ORIGINALS"]) / file).read_text(encoding="utf-8"), names)
    return names


def stu_net(**arguments: Any) -> nn.Module:
    """The authors' network without nnU-Net 1: its base class adds nothing to the forward pass."""
    names = names_of(
        "STU-Net/nnUNet-1.7.1/nnunet/network_architecture/STUNet.py",
        nnunet__network_architecture__initialization__InitWeights_He=lambda slope: lambda module: None,
        nnunet__network_architecture__neural_network__SegmentationNetwork=nn.Module,
    )
    network: nn.Module = names["STUNet"](**arguments)
    return network


class ChannelNorm(nn.Module):
    """The forward pass of the LayerNorm2d in NAFNet's arch_util.py, which imports much more."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalized over the channels."""
        centred = x - x.mean(1, keepdim=True)
        scaled = centred / (centred.pow(2).mean(1, keepdim=True) + 1e-6).sqrt()
        return self.weight[:, None, None] * scaled + self.bias[:, None, None]


class Halved(nn.Module):
    """The authors' NAFNet; of the convolutions that its gates cut, it gives each half for itself."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        names = names_of(
            "NAFNet/basicsr/models/archs/NAFNet_arch.py",
            basicsr__models__archs__arch_util__LayerNorm2d=ChannelNorm,
            basicsr__models__archs__local_arch__Local_Base=type("Local_Base", (), {}),
        )
        self.network = names["NAFNet"](**arguments)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The restored image."""
        restored: torch.Tensor = self.network(x)
        return restored

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, torch.Tensor]:
        """The network's tensors, ``conv1.weight`` as ``conv1.value.weight`` and ``conv1.gate.weight``.

        A learned scale, ``beta``, is ``beta.gamma``, without the axes of space.
        """
        tensors: dict[str, torch.Tensor] = {}
        for name, tensor in self.network.state_dict().items():
            module, _, leaf = name.rpartition(".")
            if module.endswith(("conv1", "conv2", "conv4")):
                halves = (half.clone() for half in tensor.chunk(2))
                tensors |= zip((f"{module}.value.{leaf}", f"{module}.gate.{leaf}"), halves, strict=True)
            elif leaf in ("beta", "gamma"):
                tensors[f"{name}.gamma"] = tensor.flatten()
            else:
                tensors[name] = tensor
        return tensors


def cmunext(**arguments: Any) -> nn.Module:
    """The authors' network."""
    network: nn.Module = names_of("CMUNeXt/network/CMUNeXt.py")["CMUNeXt"](**arguments)
    return network


def cellpose(**arguments: Any) -> nn.Module:
    """The authors' network, its flows and score alone, without the diameters that nothing reads."""

    class Flows(names_of("cellpose/cellpose/resnet_torch.py")["CPnet"]):  # type: ignore[misc]
        def forward(self, data: torch.Tensor) -> torch.Tensor:
            flows: torch.Tensor = super().forward(data)[0]
            return flows

        def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, torch.Tensor]:
            return {name: t for name, t in super().state_dict().items() if not name.startswith("diam")}

    return Flows(sz=3, **arguments)


class NarrowMultiRes(nn.Module):
    """BiaPy's MultiResUNet of its own parts, narrow and of three levels: the class has its widths fixed."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        names = names_of(
            "biapy/biapy/models/multiresunet.py",
            biapy__models__heads__ProjectionHead=None,
            biapy__models__blocks__prepare_activation_layers=None,
        )
        block, path, widths = names["Multiresblock"], names["Respath"], [width * 2**n for n in range(3)]
        outs = [sum(int(w * 1.67 * share) for share in (0.167, 0.333, 0.5)) for w in widths]
        parts = nn.Conv2d, nn.BatchNorm2d
        self.down = nn.ModuleList(
            block(*parts, before, w) for before, w in zip([channels, *outs], widths, strict=False)
        )
        self.paths = nn.ModuleList(path(*parts, outs[n], widths[n], 2 - n) for n in range(2))
        self.upsamples = nn.ModuleList(nn.ConvTranspose2d(outs[n + 1], widths[n], 2, 2) for n in (1, 0))
        self.up = nn.ModuleList(block(*parts, 2 * widths[n], widths[n]) for n in (1, 0))
        self.heads = nn.Conv2d(outs[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Down and up."""
        levels: list[torch.Tensor] = []
        for block in self.down:
            x = block(nn.functional.max_pool2d(x, 2) if levels else x)
            levels.append(x)
        for n, upsample, block in zip((1, 0), self.upsamples, self.up, strict=True):
            x = block(torch.cat([upsample(x), self.paths[n](levels[n])], dim=1))
        scores: torch.Tensor = self.heads(x)
        return scores


class AllColumns(nets.BasicUNetPlusPlus):
    """MONAI's, with its outputs in the order of a config: the last column's first."""

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """One tensor of scores per column."""
        return list(reversed(super().forward(x)))


NETWORKS: Networks = {
    "stu_net": (
        lambda: stu_net(
            input_channels=2,
            num_classes=2,
            depth=[1, 2, 1],
            dims=[3, 4, 6],
            pool_op_kernel_sizes=[[1, 2, 2], [2, 2, 2]],
            conv_kernel_sizes=[[1, 3, 3], [3, 3, 3], [3, 3, 3]],
        ),
        (2, 4, 8, 12),
    ),
    "pytorch_3dunet": (
        lambda: UNet3D(1, 2, f_maps=[4, 8, 16], num_groups=4),
        (1, 8, 12, 8),
    ),
    "pytorch_3dunet_residual": (
        lambda: ResidualUNet3D(1, 2, f_maps=[4, 8, 16], num_groups=4),
        (1, 6, 9, 8),
    ),
    "nafnet": (
        lambda: Halved(width=4, middle_blk_num=2, enc_blk_nums=[1, 2], dec_blk_nums=[1, 2]),
        (3, 8, 12),
    ),
    "cmunext": (
        lambda: cmunext(
            input_channel=2, dims=[3, 4, 6, 5, 8], depths=[1, 2, 1, 1, 1], kernels=[3, 3, 5, 7, 3]
        ),
        (2, 32, 48),
    ),
    "cellpose": (lambda: cellpose(nbase=[2, 3, 4, 6], nout=3), (2, 8, 12)),
    "cellpose_3d": (lambda: cellpose(nbase=[1, 2, 3], nout=4, conv_3D=True), (1, 4, 6, 8)),
    "multires_unet": (lambda: NarrowMultiRes(3, 4), (3, 8, 12)),
    "monai_segresnet_ds_3d": (
        lambda: nets.SegResNetDS(3, 3, 2, 2, blocks_down=(1, 2, 1), blocks_up=(2, 1)),
        (2, 8, 12, 8),
    ),
    "monai_basic_unet_plus_plus_2d": (
        lambda: AllColumns(2, 1, 2, features=(4, 4, 6, 8, 8, 4), deep_supervision=True),
        (1, 17, 38),
    ),
    "monai_basic_unet_plus_plus_1d": (
        lambda: AllColumns(1, 1, 2, features=(4, 4, 6, 8, 8, 4), deep_supervision=True),
        (1, 72),
    ),
}


if __name__ == "__main__":
    main(sys.argv[1:], NETWORKS)
