"""1,000 plans of a 3D network of depth 5, each config validated, lowered and costed, on one core.

The ratio is to one ``import keras`` in the same run; the seconds are in the JSON, and have a limit of
their own (10 s).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.rows import Row

PLANS = 1000
LIMIT_SECONDS = 10.0


def rows(repeats: int) -> list[Row]:
    """Seconds, and imports of Keras."""
    plan_all(50)
    _import_keras()
    times, ratios = [], []
    for _ in range(max(repeats, 5)):
        times.append(plan_all())
        ratios.append(times[-1] / _import_keras())
    return [
        Row("1,000 plans: seconds", "seconds / 1 s", tuple(times), (0, LIMIT_SECONDS)),
        Row("1,000 plans / import keras", "plans / import keras", tuple(ratios), (0, float("inf"))),
    ]


def plan_all(count: int = PLANS) -> float:
    """CPU seconds of this process for `count` different plans."""
    from unetgen.analysis.memory import memory
    from unetgen.analysis.sizes import size_multiple
    from unetgen.config.source import Source
    from unetgen.config.validation import validate

    start = time.process_time()
    for number in range(count):
        design = validate(Source("benchmark", varied(number)))
        config, plan = design.config, design.plan
        total = plan.params + plan.macs + sum(size_multiple(plan))
        total += memory(plan, slots_per_weight=config.compile.optimizer.slots_per_weight()).train_bytes
        if total <= 0:
            raise AssertionError("a plan that costs nothing")
    return time.process_time() - start


def varied(number: int) -> dict[str, Any]:
    """The config of plan `number`: no two of the first 1,000 are equal."""
    return {
        "name": f"plan{number}",
        "input": {"shape": [64 + 16 * (number % 5), 64 + 16 * (number // 5 % 5), 32], "channels": 4},
        "depth": 5,
        "base_filters": 8 + number // 25,
        "norm": ("none", "batch", "instance")[number % 3],
        "up": ("nearest", "transposed")[number % 2],
        "num_classes": 3,
    }


def _import_keras() -> float:
    start = time.perf_counter()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", "import keras"], check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


if __name__ == "__main__":
    import cProfile

    cProfile.run("plan_all(200)", sort="tottime")
