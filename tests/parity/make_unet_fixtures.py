"""Writes tests/parity/unets/*.npz: what published U-Nets compute.

Run by hand, where PyTorch is installed, from the root of the repository:

    pip install torch==2.14.1 torchvision==0.29.1
    git clone https://github.com/ternaus/TernausNet                         (243c7fe)
    git clone https://github.com/ozan-oktay/Attention-Gated-Networks        (eee4881)
    ORIGINALS=FOLDER python -m tests.parity.make_unet_fixtures [NAME ...]

FOLDER is where the clones are. The second has pix2pix's generator too, in networks_other.py: the layers of
junyanz/pytorch-CycleGAN-and-pix2pix (000f298). A fixture has the output, and the names and shapes of the
tensors. The tensors and the input are drawn, see `drawn`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.parity import drawn
from tests.parity.unet_cases import CASES


def names_of(file: str) -> dict[str, Any]:
    """What a source of a clone defines."""
    names: dict[str, Any] = {"__name__": "original"}
    path = Path(os.environ["ORIGINALS"]) / file
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


def grid_attention() -> nn.Module:
    """The authors' network, which halves two of three axes, and whose gates do as well."""
    sys.path.insert(0, str(Path(os.environ["ORIGINALS"]) / "Attention-Gated-Networks"))
    from models.networks.unet_grid_attention_3D import (  # type: ignore[import-not-found]
        unet_grid_attention_3D as network,
    )

    made: nn.Module = network(feature_scale=16, n_classes=2, in_channels=1, attention_dsample=(2, 2, 1))
    return made


def pix2pix() -> nn.Module:
    """The generator with five steps down."""
    names = names_of("Attention-Gated-Networks/models/networks_other.py")
    made: nn.Module = names["UnetGenerator"](3, 3, 5, ngf=2)
    return made


def ternausnet() -> nn.Module:
    """The network on VGG-11."""
    made: nn.Module = names_of("TernausNet/ternausnet/models.py")["UNet11"]()
    return made


ORIGINALS: Mapping[str, Callable[[], nn.Module]] = {
    "pix2pix": pix2pix,
    "grid_attention": grid_attention,
    "ternausnet": ternausnet,
}


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or CASES:
        case, network = CASES[name], ORIGINALS[name]()
        held = {**dict(network.named_parameters()), **dict(network.named_buffers())}
        shapes = {key: tuple(value.shape) for key, value in held.items() if "num_batches" not in key}
        network.load_state_dict(
            {key: torch.from_numpy(value) for key, value in drawn.tensors(shapes).items()}, strict=False
        )
        x = torch.from_numpy(drawn.tensor("input", (1, *case.shape)))
        with torch.no_grad():
            output = network.eval()(x).numpy()
        text = np.frombuffer(json.dumps(shapes).encode(), np.uint8)
        case.file.parent.mkdir(exist_ok=True)
        np.savez_compressed(case.file, shapes=text, output=output)
        print(f"{case.file.name}: {case.file.stat().st_size / 1024:.1f} KiB, {output.std():.3g}")


if __name__ == "__main__":
    main(sys.argv[1:])
