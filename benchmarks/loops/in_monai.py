"""The loop in PyTorch with MONAI: its BasicUNet, transforms, loader and loss."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import torch
from monai.data import DataLoader, Dataset
from monai.losses import DiceCELoss
from monai.networks.nets import BasicUNet
from monai.transforms import Compose, EnsureChannelFirstd, EnsureTyped
from monai.utils import set_determinism

from benchmarks.loops.case import Case
from benchmarks.loops.judging import Array, Scores
from benchmarks.loops.pictures import Patches, patches
from benchmarks.loops.turns import Turns


def network(case: Case) -> torch.nn.Module:
    """The network, which gives raw scores."""
    return BasicUNet(case.dims, case.channels, case.classes, case.features)


def loss() -> Any:
    """That of raw scores and of masks with a channel."""
    return DiceCELoss(to_onehot_y=True, softmax=True)


def batches(case: Case, of: Patches) -> DataLoader:
    """The patches in their order."""
    transform = Compose(
        [
            EnsureChannelFirstd("image", channel_dim=-1),
            EnsureChannelFirstd("label", channel_dim="no_channel"),
            EnsureTyped(["image", "label"]),
        ]
    )
    data = [{"image": image, "label": label} for image, label in zip(*of, strict=True)]
    return DataLoader(Dataset(data, transform), batch_size=case.batch_size)


def trained(case: Case, folder: Path, seed: int, turns: Turns) -> tuple[list[float], Scores]:
    """The losses of the epochs, and the network at their end."""
    set_determinism(seed)
    model, criterion = network(case), loss()
    optimizer = torch.optim.Adam(model.parameters(), case.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, case.epochs)
    loader = iter(batches(case, patches(folder, seed)))
    losses = []
    for _ in range(case.epochs):
        turns.epoch_begins()
        of_steps = []
        for _ in range(case.steps):
            batch = next(loader)
            optimizer.zero_grad()
            value = criterion(model(batch["image"]), batch["label"])
            value.backward()
            optimizer.step()
            of_steps.append(value.item())
            turns.step_ends()
        schedule.step()
        losses.append(statistics.mean(of_steps))
    return losses, scores_of(model.eval())


def scores_of(model: torch.nn.Module) -> Scores:
    """A network of PyTorch's as the judge takes it."""

    def scores(batch: Array) -> Array:
        with torch.inference_mode():
            found = model(torch.from_numpy(batch).movedim(-1, 1)).softmax(1)
        return found.movedim(1, -1).numpy()

    return scores
