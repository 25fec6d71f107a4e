"""The task `measure`: its times, its loss and its peaks each have a second way to be computed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow

import unetgen
from unetgen.errors import UnetgenError
from unetgen.model.batches import sample_batch
from unetgen.model.session import counting_gpu_peak
from unetgen.sweep.tasks import measure
from unetgen.sweep.tasks.errors import TaskError

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
OVERRIDES = (
    "input.shape=[32,24]", "depth=2", "base_filters=2", "norm=none", "num_classes=3", "seed=3",
    "compile.loss=categorical_crossentropy",
)  # fmt: skip


def crossentropy(target: np.ndarray, output: np.ndarray) -> float:
    return float(-(target * np.log(output)).sum(-1).mean())


def test_times_and_loss_are_those_of_the_steps() -> None:
    config = unetgen.load("quickstart2d", OVERRIDES)
    plan = unetgen.plan(config)
    start = time.perf_counter()
    values = measure.run(config, plan, None, batch=2, repeats=3, warmup=1)  # type: ignore[arg-type]
    spent = time.perf_counter() - start
    assert values.keys() == {
        *(f"{kind}_seconds{which}" for kind in ("inference", "train") for which in ("", "_min", "_max")),
        "inference_peak_bytes", "train_peak_bytes", "first_step_seconds", "loss", "device",
    }  # fmt: skip
    number: dict[str, Any] = dict(values)
    for kind in ("inference", "train"):
        low, middle, high = (number[f"{kind}_seconds{which}"] for which in ("_min", "", "_max"))
        assert 0 < low <= middle <= high < spent
    assert number["train_seconds"] < number["first_step_seconds"] < spent  # it is traced
    assert 0 < number["inference_peak_bytes"] < number["train_peak_bytes"] < 2**30
    x, y = sample_batch(config, plan, 2, config.seed)
    expected = crossentropy(y, unetgen.build(config).predict(x, verbose=0))  # type: ignore[arg-type]
    assert number["loss"] == pytest.approx(expected, rel=1e-5)
    assert number["device"]


BIG_BLOCK = """
import gc, json
from unetgen.sweep.tasks.peak import counting_peak
kept = bytearray(b"x") * (100 << 20)
peak = counting_peak()
before = peak()
block = bytearray(b"x") * (200 << 20)
del block
print(json.dumps([before, peak(), counting_peak()()]))
"""


@LINUX
def test_a_peak_is_what_was_in_use_at_most_since_counting_began() -> None:
    done = subprocess.run([sys.executable, "-c", BIG_BLOCK], capture_output=True, text=True, check=True)
    before, peak, again = json.loads(done.stdout)
    assert abs(before) < 2**20  # Linux counts pages in batches
    assert peak == pytest.approx(200 * 2**20, abs=2**20)
    assert abs(again) < 2**20


@pytest.mark.parametrize("gpus", [0, 1])
def test_on_a_gpu_its_own_counters_are_read(gpus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"current": 1000, "peak": 9000}
    config = tensorflow.config
    monkeypatch.setattr(config, "list_logical_devices", lambda kind: [kind] * gpus)
    monkeypatch.setattr(config.experimental, "get_memory_info", lambda device: dict(memory))
    monkeypatch.setattr(config.experimental, "reset_memory_stats", lambda device: memory.update(peak=1000))
    peak = counting_gpu_peak()
    if not gpus:
        assert peak is None
        return
    assert peak is not None
    assert peak() == 0
    memory["peak"] = 5000
    assert peak() == 4000


SAMPLED = """
import json, threading, time
import psutil
import unetgen
from unetgen.sweep.tasks import peak, step

me, seen, real = psutil.Process(), [], peak.counting_peak

def sample():
    while True:
        seen.append(me.memory_info().rss)
        time.sleep(0.0005)

def counting_peak():
    seen.append(me.memory_info().rss)
    threading.Thread(target=sample, daemon=True).start()
    return real()

peak.counting_peak = counting_peak
config = unetgen.load("quickstart2d", ["input.shape=[96,96]", "depth=2"])
found = step.measured(config, unetgen.plan(config), "train", 16)
samples = list(seen)
print(json.dumps({**found, "sampled": max(samples) - samples[0], "samples": len(samples)}))
"""


@LINUX
def test_the_peak_of_a_step_is_what_sampling_the_process_finds() -> None:
    done = subprocess.run([sys.executable, "-c", SAMPLED], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["samples"] > 20
    assert 0.8 * found["peak_bytes"] < found["sampled"] <= found["peak_bytes"] + 2**20
    assert found["seconds"] == []


def test_what_keras_raises_in_the_step_comes_back() -> None:
    # TensorFlow trains no 2D channels_first convolutions in float64 on a CPU.
    overrides = ("input.data_format=channels_first", "execution.precision=float64")
    config = unetgen.load("quickstart2d", [*OVERRIDES, *overrides])
    with pytest.raises(TaskError) as caught:
        measure.run(config, unetgen.plan(config), None, repeats=1, warmup=0)  # type: ignore[arg-type]
    first, *_ = str(caught.value).splitlines()
    assert first.startswith(("inference: ", "train: "))
    assert "Error: " in first
    assert "Its last lines:\n" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "minimum"), [("batch", 0, 1), ("repeats", 0, 1), ("warmup", -1, 0), ("batch", 1.5, 1)]
)
def test_options_are_checked_before_a_process_is_started(name: str, value: Any, minimum: int) -> None:
    config = unetgen.load("quickstart2d", OVERRIDES)
    with pytest.raises(
        UnetgenError, match=rf"^{name}: must be a whole number from {minimum} up \(got {value}\)$"
    ):
        measure.run(config, unetgen.plan(config), None, **{name: value})  # type: ignore[arg-type]
