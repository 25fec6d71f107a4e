"""``unetgen.build`` over the same layers written by hand, with and without compile; no step is traced.

One process, after a warm-up, by turns, ``keras.utils.clear_session`` before each. The configs are loaded
beforehand and lowered within the time, which is the process's CPU time: other processes do not count.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks.rows import Action, Row

LIMIT = 1.3
MINIMUM = 15
"""Repeats at least: a build takes a tenth of a second."""


def rows(repeats: int) -> list[Row]:
    """Four ratios: two networks, with and without compile."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    import unetgen
    from benchmarks import by_hand
    from unetgen.emit.keras.construction import build
    from unetgen.emit.keras.table import Emission

    def plain(config: Any) -> Any:
        return build(unetgen.plan(config), config.name, Emission(config.input.data_format, config.seed))

    def fresh(action: Action) -> float:
        keras.utils.clear_session()
        gc.collect()
        start = time.process_time()
        action()
        return time.process_time() - start

    networks: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
        "unet3d_depth2": (by_hand.article, by_hand.compile_article),
        "unet2d_2015": (by_hand.ronneberger, by_hand.compile_ronneberger),
    }
    found = []
    for name, (hand, compiled) in networks.items():
        config = unetgen.load(name)
        if hand().count_params() != unetgen.plan(config).params:
            raise AssertionError(f"{name}: the network by hand is another one")
        pairs: dict[str, tuple[Action, Action]] = {
            "layers": (lambda c=config: plain(c), hand),  # type: ignore[misc]
            "layers and compile": (
                lambda c=config: unetgen.build(c),  # type: ignore[misc]
                lambda h=hand, c=compiled: c(h()),  # type: ignore[misc]
            ),
        }
        for what, (ours, theirs) in pairs.items():
            fresh(ours), fresh(theirs)
            times = [(fresh(ours), fresh(theirs)) for _ in range(max(repeats, MINIMUM))]
            detail = {"seconds": [mine for mine, _ in times], "by_hand": [hers for _, hers in times]}
            ratios = tuple(mine / other for mine, other in times)
            found.append(Row(f"{name}: {what}", "unetgen.build / by hand", ratios, (0, LIMIT), detail))
    return found
