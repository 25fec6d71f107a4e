"""Sides in PyTorch, eager or compiled; of both memory formats the faster one is taken."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from benchmarks.rows import seconds
from benchmarks.sides.torch_networks import NETWORKS
from benchmarks.sides.weights import fill_torch
from unetgen.measuring.side import Array, ReadySide, SideJob
from unetgen.measuring.weights import drawn


def made(job: SideJob) -> ReadySide:
    """The network with the drawn weights, in the memory format in which it is faster here."""
    import unetgen
    from unetgen.model.batches import sample_batch

    config = unetgen.load(job.config, job.overrides)
    plan = unetgen.plan(config)
    x, y = (torch.from_numpy(each) for each in sample_batch(config, plan))
    if config.class_axis != 1:
        x, y = x.movedim(-1, 1).contiguous(), y.movedim(-1, 1).contiguous()
    channels_last = torch.channels_last if x.dim() == 4 else torch.channels_last_3d
    formats = {"contiguous": torch.contiguous_format, "channels_last": channels_last}
    if job.side.is_compiled:
        del formats["contiguous"]  # compiling takes minutes, and its convolutions want the channels last
    times = {}

    def of(name: str) -> ReadySide:
        make, activation = NETWORKS[job.side.network]
        assert config.base_filters
        network = make(config.base_filters)
        fill_torch(network, drawn(plan), x)
        return _made(network, activation, job, x, y, formats[name])

    tried = {name: of(name) for name in formats}
    for name, side in tried.items():
        if job.what == "inference":
            side.step()  # a training step is long enough without
        times[name] = seconds(side.step)
    fastest = min(times, key=times.__getitem__)
    found = tried[fastest]
    notes = {"memory format": fastest, "seconds of one call": times, "threads": torch.get_num_threads()}
    return ReadySide(found.step, found.outputs, notes)


def _made(
    network: nn.Module, activation: Any, job: SideJob, x: torch.Tensor, y: torch.Tensor, memory_format: Any
) -> ReadySide:
    device, training = torch.device(job.device), job.what == "training"
    network = network.to(device=device, memory_format=memory_format).train(training)
    if job.side.is_compiled:
        network = torch.compile(network)
    x, y = x.to(device, memory_format=memory_format), y.to(device, memory_format=memory_format)
    # Keras's epsilon; its cross-entropy, too, goes back to the scores behind the activation of the output.
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-5, eps=1e-7)

    def precision() -> AbstractContextManager[Any]:
        return torch.autocast(device.type, torch.bfloat16, enabled=job.side.precision == "bfloat16")

    def scores() -> torch.Tensor:
        with precision():
            return network(x)

    def predict() -> torch.Tensor:
        with torch.inference_mode():
            return activation(scores().float()).cpu()

    def train() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(scores().float(), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def outputs() -> list[Array]:
        return [predict().contiguous().numpy()]

    def step() -> float | None:
        if training:
            return train()
        predict()
        return None

    return ReadySide(step, outputs)
