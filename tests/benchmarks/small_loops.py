"""A small training of each case, and what MONAI computes of it: ``python -m tests.benchmarks.small_loops``.

MONAI has a process of its own: PyTorch and TensorFlow in one crash with some of their builds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.loops.case import CASES, Case
from benchmarks.loops.pictures import Patches
from unetgen.runs.loader import run_from_text
from unetgen.runs.run import Run


def case_of(name: str) -> Case:
    return CASES[name].tiny()


def run_of(name: str) -> Run:
    case = case_of(name)
    return run_from_text(case.run_file(["a", *case.validation]), "run.yaml", Path(), case.overrides(7))


def batch_of(name: str) -> Patches:
    case, random = case_of(name), np.random.default_rng(1)
    values = random.normal(size=(2, *case.size, case.channels)).astype("float32")
    return Patches(values, random.integers(0, case.classes, (2, *case.size)).astype("uint8"))


def in_monai(name: str) -> dict[str, Any]:
    """The scores and the loss with the weights that are drawn for the run's plan."""
    import torch

    from benchmarks.loops import in_monai
    from benchmarks.sides.weights import fill_torch
    from unetgen.measuring.weights import drawn

    case = case_of(name)
    (batch,) = in_monai.batches(case, batch_of(name))
    model = in_monai.network(case)
    fill_torch(model, drawn(run_of(name).design.plan), batch["image"])
    with torch.inference_mode():
        loss = float(in_monai.loss()(model(batch["image"]), batch["label"]))
    return {"scores": in_monai.scores_of(model)(batch_of(name).values).tolist(), "loss": loss}


if __name__ == "__main__":
    print(json.dumps(in_monai(sys.argv[1])))
