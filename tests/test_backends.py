"""The same code on Keras's other backends, in a process of their own, where they are installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, keras, numpy as np, unetgen
config = unetgen.load("quickstart2d", [
    "input.shape=[15,13]", "depth=2", "base_filters=4", "block=residual", "norm=instance", "dropout=0.1",
    "up={kind: linear, conv: 3}", "skip=add", "resize=resize_to_skip", "activation=prelu",
    "head.deep_supervision=1", "compile.loss=[categorical_crossentropy,dice]", "compile.ignore_class=255"])
model = unetgen.build(config)
random = np.random.default_rng(0)
x = random.normal(size=(2, 15, 13, 1)).astype("float32")
y = np.eye(2, dtype="float32")[random.integers(0, 2, (2, 15, 13))]
y[1], y[0, 5:9] = 255, 255
before = model.evaluate(x, y, verbose=0)
first = model.evaluate(x[:1], y[:1], verbose=0)
weight = 2 * np.ones(y.shape[:3], "float32")
doubled = [model.evaluate(x, y, sample_weight=w, verbose=0) for w in (weight, weight[:, 0, 0])]
for _ in range(3):
    model.train_on_batch(x, y)
after = model.evaluate(x, y, verbose=0)
print(json.dumps({"backend": keras.backend.backend(), "params": model.count_params(),
                  "plan": unetgen.plan(config).params, "before": before, "after": after,
                  "first": first, "doubled": doubled}))
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_networks_build_and_train_on_other_backends(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is not a dependency: Keras can use it")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
    )
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert result["backend"] == backend
    assert result["params"] == result["plan"]
    assert result["after"][0] < result["before"][0]
    assert result["first"] == pytest.approx(result["before"], rel=1e-5)  # the second sample is ignored
    for doubled in result["doubled"]:
        assert doubled == pytest.approx([2 * result["before"][0], *result["before"][1:]], rel=1e-5)
