"""Files of `unetgen export` in their runtimes, against what converters make, and against Keras.

Every side has equal weights and the same batch of one; calls alternate. Each runtime has a process of its
own, since their threads disturb each other. Each ratio is theirs / ours, above 1 where ours is faster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.comparisons import COMPARISONS, NOT_SLOWER, Comparison
from benchmarks.rows import Row
from benchmarks.speed import ANY, measured, noise, shared
from unetgen.measuring.side import SideJob, TimedSide
from unetgen.measuring.turns import Timed, Workers
from unetgen.model.running import largest_difference

CASES = ("article", "nnunet", "unet2d_2015")
_OPTIMIZED = ("execution.optimize=inference",)
_BFLOAT16 = (*_OPTIMIZED, "execution.precision=mixed_bfloat16")
SIDES = (
    TimedSide("Keras", "config", overrides=_OPTIMIZED),
    TimedSide("Keras, bfloat16", "config", precision="bfloat16", overrides=_BFLOAT16),
    TimedSide("OpenVINO, by its converter", "runtime", "openvino, converted"),
    TimedSide("OpenVINO, by its converter, bfloat16", "runtime", "openvino, converted", precision="bfloat16"),
    TimedSide("OpenVINO, plain", "runtime", "openvino"),
    TimedSide("OpenVINO", "runtime", "openvino, rewritten"),
    TimedSide("OpenVINO, bfloat16", "runtime", "openvino, rewritten", precision="bfloat16"),
    TimedSide("ONNX Runtime, by tf2onnx", "runtime", "onnxruntime, converted"),
    TimedSide("ONNX Runtime, plain", "runtime", "onnxruntime"),
    TimedSide("ONNX Runtime", "runtime", "onnxruntime, rewritten"),
    TimedSide("LiteRT", "runtime", "litert, rewritten"),
)
"""Without a word behind it a side is optimized for its runtime."""


class Pair(NamedTuple):
    """Whose time is divided by whose, and the least ratio of each case."""

    theirs: str
    ours: str
    limits: Mapping[str, float]


PAIRS = (
    Pair("OpenVINO, by its converter", "OpenVINO", {"article": 1.4, "nnunet": 5, "unet2d_2015": NOT_SLOWER}),
    Pair("OpenVINO, plain", "OpenVINO", dict.fromkeys(CASES, NOT_SLOWER)),
    Pair("Keras", "OpenVINO", {"nnunet": NOT_SLOWER}),
    Pair("Keras, bfloat16", "OpenVINO, bfloat16", {}),
    Pair(
        "OpenVINO, by its converter, bfloat16",
        "OpenVINO, bfloat16",
        {"article": 1.25, "nnunet": 1.25, "unet2d_2015": NOT_SLOWER},
    ),
    Pair("ONNX Runtime, by tf2onnx", "ONNX Runtime", {"article": 1.25, "nnunet": 1.4, "unet2d_2015": 1.0}),
    Pair("ONNX Runtime, plain", "ONNX Runtime", dict.fromkeys(CASES, NOT_SLOWER)),
    Pair("Keras", "ONNX Runtime", {}),
    Pair("Keras", "LiteRT", {}),
)


def rows(repeats: int, is_tiny: bool = False) -> list[Row]:
    """The rows of all cases."""
    found: list[Row] = []
    with ExitStack() as stack:
        workers = shared(stack)
        for case in CASES:
            found += _of_case(case, COMPARISONS[case], workers, repeats, is_tiny)
    return found


def _of_case(
    case: str, comparison: Comparison, workers: Workers, repeats: int, is_tiny: bool
) -> Iterator[Row]:
    overrides = comparison.overrides + (comparison.tiny if is_tiny else ())
    title = f"{comparison.shown}, {'tiny' if is_tiny else comparison.size}"
    timed = measured(
        [SideJob(side, "inference", comparison.config, overrides) for side in SIDES], workers, repeats
    )
    for pair in PAIRS:
        yield _ratio(
            f"{title}: {pair.theirs} / {pair.ours}", timed, pair, 0 if is_tiny else pair.limits.get(case, 0)
        )
    yield from _differences(title, timed, comparison)


def _ratio(name: str, timed: Mapping[str, Timed], pair: Pair, limit: float) -> Row:
    theirs, mine = timed[pair.theirs], timed[pair.ours]
    if why := theirs.skipped or mine.skipped:
        return Row(name, "seconds / seconds", (), ANY, skipped=why)
    values = tuple(a / b for a, b in zip(theirs.seconds, mine.seconds, strict=True))
    detail = {"seconds": mine.seconds, "theirs_seconds": theirs.seconds, "noise": noise(values)}
    limit -= noise(values) if limit == NOT_SLOWER else 0
    return Row(name, "seconds / seconds", values, (limit, float("inf")), detail)


def _differences(title: str, timed: Mapping[str, Timed], comparison: Comparison) -> Iterator[Row]:
    first = timed["Keras"].outputs
    assert first is not None
    for one in timed.values():
        if one.outputs is not None and one.side.name != "Keras":
            value = largest_difference(first, one.outputs)
            limit = comparison.tolerances[one.side.precision]
            yield Row(
                f"{title}: outputs, {one.side.name} - Keras", "difference / largest", (value,), (0, limit)
            )
