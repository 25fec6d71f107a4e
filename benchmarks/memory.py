"""Measured over predicted peak memory of one training step and of one prediction, each in a fresh process.

What a measured peak counts, and how, is said in `unetgen.sweep.tasks.step`, which measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, progress

TOLERANCE = 0.25
REPEATS = 3
"""At most: a peak is not a timing, but two threads do not free in the same order every time."""

_RESIDUAL = {
    "name": "residual3d", "input": {"shape": [96, 96, 48], "channels": 2}, "depth": 4, "base_filters": 16,
    "norm": "instance", "block": "residual", "down": "strided_conv", "up": "transposed", "num_classes": 3,
    "head": {"activation": "softmax"},
}  # fmt: skip
_SIGNAL = {
    "name": "signal1d", "input": {"shape": [65536], "channels": 2}, "depth": 5, "base_filters": 32,
    "norm": "batch", "num_classes": 4, "head": {"activation": "softmax"},
}  # fmt: skip
_WIDE = {
    "name": "wide2d", "input": {"shape": [32, 32], "channels": 3}, "depth": 5, "base_filters": 128,
    "num_classes": 2,
}  # fmt: skip

NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "depth2, channels_first": {"config": "unet3d_depth2"},
    "depth2, channels_last": {"config": "unet3d_depth2", "overrides": ["execution.layout=channels_last"]},
    "depth4, channels_last": {"config": "unet3d_depth4", "overrides": ["execution.layout=channels_last"]},
    "unet2d_2015": {"config": "unet2d_2015"},
    "unet3d_2016 at 108x108x100": {"config": "unet3d_2016", "overrides": ["input.shape=[108,108,100]"]},
    "quickstart2d, batch 8": {"config": "quickstart2d", "batch": 8},
    "quickstart2d, batch 32": {"config": "quickstart2d", "batch": 32},
    "quickstart2d, batch 32, bfloat16": {
        "config": "quickstart2d", "batch": 32, "overrides": ["execution.precision=mixed_bfloat16"],
    },
    "residual, instance norm": {"config": _RESIDUAL},
    "signal1d, batch 4": {"config": _SIGNAL, "batch": 4},
    "wide2d, 125 M weights, Adam": {"config": _WIDE, "batch": 2},
}  # fmt: skip


def rows(repeats: int) -> list[Row]:
    """Two ratios for each network: the training step, and the prediction."""
    found = []
    for name, network in NETWORKS.items():
        for what in ("train", "inference"):
            results = [measure({**network, "what": what}) for _ in range(min(repeats, REPEATS))]
            measured = [result["measured_bytes"] for result in results]
            predicted = results[0]["predicted_bytes"]
            detail = {"measured_bytes": measured, "predicted_bytes": predicted}
            ratios = tuple(value / predicted for value in measured)
            within = (1 - TOLERANCE, 1 + TOLERANCE)
            row = Row(f"{name}: {what}", "measured / predicted", ratios, within, detail)
            progress(f"  {row.line()}   {max(measured) / 2**20:7.0f} / {predicted / 2**20:7.0f} MiB")
            found.append(row)
    return found


def measure(task: Mapping[str, Any]) -> dict[str, int]:
    """``measured_bytes`` and ``predicted_bytes`` of a task, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", json.dumps(task)]
    root = Path(__file__).parent.parent
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{task}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(task: Mapping[str, Any]) -> dict[str, int]:
    """Measure and predict, in this process, which has not imported Keras yet."""
    import unetgen
    from unetgen.analysis.memory import memory
    from unetgen.config.loader import from_dict
    from unetgen.sweep.tasks.step import measured

    given, batch = task["config"], task.get("batch", 1)
    config = from_dict(given) if isinstance(given, dict) else unetgen.load(given, task.get("overrides", ()))
    plan = unetgen.plan(config)
    execution, data_format = config.execution, config.input.data_format
    layout = data_format if execution.layout == "declared" else execution.layout
    slots = config.compile.optimizer.slots_per_weight()
    predicted = memory(plan, batch, execution.precision, slots, layout)
    expected = predicted.train_bytes if task["what"] == "train" else predicted.inference_bytes
    found = measured(config, plan, task["what"], batch)
    return {"measured_bytes": found["peak_bytes"], "predicted_bytes": expected}


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))))
