"""Writes fixtures of networks whose tensors are drawn by their names, so that outputs alone are stored.

Run by hand from the root of the repository, where PyTorch, MONAI 1.6.1 and this are:

    git clone https://github.com/MIC-DKFZ/MedNeXt        (0b78ed8)
    PYTHONPATH=FOLDER/MedNeXt:. python -m tests.parity.make_drawn_fixtures [NAME ...]

FOLDER is where the clone is.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np
import torch
from monai.networks import nets
from torch import nn

from tests.parity import drawn
from tests.parity.make_fixtures import Networks, outputs_of
from tests.parity.originals import write_drawn


def mednext(**arguments: Any) -> nn.Module:
    """The authors' network."""
    module = import_module("nnunet_mednext.network_architecture.mednextv1.MedNextV1")
    network: nn.Module = module.MedNeXt(**arguments)
    return network


NETWORKS: Networks = {
    "mednext_2d": (
        lambda: mednext(
            in_channels=2,
            n_channels=4,
            n_classes=3,
            exp_r=[2, 3, 1, 2, 1, 2, 1, 3, 2],
            kernel_size=3,
            deep_supervision=True,
            do_res=True,
            do_res_up_down=True,
            block_counts=[1, 2, 1, 1, 2, 1, 1, 2, 1],
            dim="2d",
        ),
        (2, 32, 48),
    ),
    "monai_mednext_3d": (
        lambda: nets.MedNeXt(
            spatial_dims=3,
            init_filters=4,
            in_channels=1,
            out_channels=2,
            encoder_expansion_ratio=(2, 3),
            bottleneck_expansion_ratio=1,
            decoder_expansion_ratio=(3, 2),
            kernel_size=5,
            use_residual_connection=True,
            blocks_down=(1, 2),
            blocks_bottleneck=1,
            blocks_up=(2, 1),
        ),
        (1, 8, 12, 8),
    ),
}


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or NETWORKS:
        make, size = NETWORKS[name]
        network = make()
        shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
        tensors = {key: torch.from_numpy(array) for key, array in drawn.tensors(shapes).items()}
        network.load_state_dict({**network.state_dict(), **tensors})
        x = drawn.tensor("input", size).astype(np.float16)
        outputs = outputs_of(network, torch.from_numpy(x[None]).float())
        write_drawn(name, shapes, x, [output[0].numpy() for output in outputs])


if __name__ == "__main__":
    main(sys.argv[1:])
