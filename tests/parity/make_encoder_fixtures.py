"""Writes tests/parity/encoders/*.npz: what segmentation_models_pytorch's networks and MONAI's compute.

Run by hand, where PyTorch and the originals are installed, from the root of the repository:

    pip install torch==2.14.1 torchvision==0.29.1 timm==1.0.31 segmentation-models-pytorch==0.6.0 monai==1.6.1
    python -m tests.parity.make_encoder_fixtures [NAME ...]

(those are the versions that wrote the files that are there). A fixture has the output, and the names and
shapes of the tensors that it depends on; one of MONAI's also a gradient of the output's sum. The tensors and
the input are drawn, see `drawn`.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import torch
from torch import nn

from tests.parity import drawn
from tests.parity.encoder_cases import CASES, Case


def of_smp(case: Case) -> nn.Module:
    """A network of segmentation_models_pytorch."""
    import segmentation_models_pytorch as smp  # type: ignore[import-not-found]

    network: nn.Module = getattr(smp, case.network)(
        case.original,
        encoder_depth=case.depth - 1,
        encoder_weights=None,
        classes=1,
        **({"decoder_channels": case.decoder[::-1]} if case.decoder else {}),
        **case.arguments,
    )
    return network


def of_monai(case: Case) -> nn.Module:
    """MONAI's FlexibleUNet."""
    from monai.networks.nets import FlexibleUNet

    network: nn.Module = FlexibleUNet(3, 1, case.original, decoder_channels=case.decoder[::-1])
    return network


LIBRARIES = {"segmentation_models_pytorch": of_smp, "monai": of_monai}


def original(case: Case) -> nn.Module:
    """The network of this case, with its weights drawn."""
    network = LIBRARIES[case.library](case)
    held = network.state_dict()
    network.load_state_dict(held | {k: torch.from_numpy(v) for k, v in drawn.tensors(_shapes(held)).items()})
    return network.eval()


def _shapes(tensors: dict[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def main(names: list[str]) -> None:
    """Write the fixtures of these names, or all of them."""
    for name in names or [name for name, case in CASES.items() if case.library in LIBRARIES]:
        case = CASES[name]
        network = original(case)
        x = torch.from_numpy(drawn.tensor("input", (1, 3, *case.size)))
        outputs = network(x)
        output, *labels = outputs if isinstance(outputs, tuple) else (outputs,)
        sum(each.sum() for each in (output, *labels)).backward()
        used = {key.rpartition(".")[0] for key, value in network.named_parameters() if value.grad is not None}
        shapes = {
            key: shape
            for key, shape in _shapes(network.state_dict()).items()
            if key.rpartition(".")[0] in used and not key.endswith("num_batches_tracked")
        }
        text = np.frombuffer(json.dumps(shapes).encode(), np.uint8)
        arrays = {"output": output, **dict(zip(("label",), labels, strict=False))}
        arrays = {name: array.detach().numpy() for name, array in arrays.items()}
        if case.original.startswith("resnet") and case.library == "monai":
            arrays["gradient"] = dict(network.named_parameters())["encoder.bn1.bias"].grad.numpy()
        np.savez_compressed(case.file, shapes=text, **arrays)
        print(f"{case.file.name}: {case.file.stat().st_size / 1024:.1f} KiB")


if __name__ == "__main__":
    main(sys.argv[1:])
