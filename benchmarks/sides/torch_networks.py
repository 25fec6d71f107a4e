"""The same networks in PyTorch: written here, or by the packages that they come from. All give raw scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import nn


class Article(nn.Module):
    """configs/unet3d_depth2.yaml."""

    def __init__(self, base: int) -> None:
        super().__init__()
        widths = [(4, base), (base, 2 * base), (2 * base, 2 * base), (2 * base, 4 * base)]
        widths += [(6 * base, 2 * base), (2 * base, 2 * base)]
        self.convs = nn.ModuleList(nn.Conv3d(*pair, 3, padding=1) for pair in widths)
        self.head = nn.Conv3d(2 * base, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One level down and up again."""
        a, b, c, d, e, f = self.convs
        skip = b(a(x).relu()).relu()
        x = d(c(nn.functional.max_pool3d(skip, 2)).relu()).relu()
        x = torch.cat([nn.functional.interpolate(x, scale_factor=2, mode="nearest"), skip], 1)
        return self.head(f(e(x).relu()).relu())


class Ronneberger(nn.Module):
    """configs/zoo/unet2d_2015.yaml with padded convolutions."""

    def __init__(self, base: int) -> None:
        super().__init__()
        widths = [base * 2**level for level in range(5)]
        self.down = nn.ModuleList(self._pair(a, b) for a, b in zip([1, *widths], widths, strict=False))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in widths[:-1])
        self.after = nn.ModuleList(self._pair(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv2d(base, 2, 1)

    def _pair(self, before: int, width: int) -> nn.Sequential:
        first, second = nn.Conv2d(before, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        return nn.Sequential(first, nn.ReLU(inplace=True), second, nn.ReLU(inplace=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Four levels down and up again."""
        skips = []
        for level, convs in enumerate(self.down):
            x = convs(nn.functional.max_pool2d(x, 2) if level else x)
            if level >= 3:
                x = nn.functional.dropout(x, 0.5, self.training)
            skips.append(x)
        for level in reversed(range(4)):
            x = self.ups[level](x).relu()
            x = self.after[level](torch.cat([x, skips[level]], 1))
        return self.head(x)


def nnunet(base: int) -> nn.Module:
    """nnU-Net's network for Dataset001_BrainTumour, 3d_fullres, without deep supervision."""
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    return PlainConvUNet(
        input_channels=4,
        n_stages=6,
        features_per_stage=[min(base * 2**stage, 10 * base) for stage in range(6)],
        conv_op=nn.Conv3d,
        kernel_sizes=[[3, 3, 3]] * 6,
        strides=[[1, 1, 1], *([[2, 2, 2]] * 5)],
        n_conv_per_stage=[2] * 6,
        num_classes=4,
        n_conv_per_stage_decoder=[2] * 5,
        conv_bias=True,
        norm_op=nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )


def dynunet(base: int) -> nn.Module:
    """MONAI's DynUNet with the hyper-parameters of configs/zoo/monai_dynunet3d.yaml."""
    from monai.networks.nets import DynUNet

    filters = [min(base * 2**stage, 10 * base) for stage in range(6)]
    return DynUNet(3, 4, 4, [3] * 6, [1, *([2] * 5)], [2] * 5, filters=filters)


NETWORKS: Mapping[str, tuple[Callable[[int], nn.Module], Callable[[torch.Tensor], torch.Tensor]]] = {
    "article": (Article, torch.sigmoid),
    "ronneberger": (Ronneberger, lambda scores: scores.softmax(1)),
    "nnunet": (nnunet, lambda scores: scores.softmax(1)),
    "dynunet": (dynunet, lambda scores: scores.softmax(1)),
}
"""By width of the first level; and the activation of the output."""
