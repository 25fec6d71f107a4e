"""What is said of measured times: every number by a second way, and words that hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from unetgen.measuring.advice import advice
from unetgen.measuring.machine import Machine, machine
from unetgen.measuring.measurement import (
    STRANGE,
    MeasuredNetwork,
    Measurement,
    Spread,
    WayResult,
    equal_to,
    slower,
)
from unetgen.measuring.text import as_markdown, as_text

MACHINE = Machine(None, "A CPU", (None, None, None), ("avx2",), 2, 8, "Linux", "3.13.0", {"keras": "3.15.0"})
SUBJECT = MeasuredNetwork(
    name="net",
    input_shape=(None, 32, 1),
    reference=(64, 32),
    batch=2,
    macs=4_000_000_000,
    macs_optimized={"inference": 3_000_000_000, "training": 3_500_000_000},
    predicted_bytes={"inference": 2**30, "training": 2**31},
    weights="drawn",
)


def result(
    way: str, *seconds: float, what: str = "inference", peak: int = 2**20, **more: object
) -> WayResult:
    spread = Spread(seconds) if seconds else None
    return WayResult(way, what, spread, peak, 1e-6, **more)  # type: ignore[arg-type]


PLAIN = result("keras-declared", 0.8, 1.0, 1.2, 0.9, 1.1, 1.0, 1.0, peak=2**30)
FAST = result("openvino", 0.4, 0.5, 0.6, 0.45, 0.55, 0.5, 0.5)
HALF = result("openvino-bfloat16", 0.2, 0.25, 0.3, 0.225, 0.275, 0.25, 0.25, peak=2**21)
SAME = result("keras-optimized", 0.41, 0.49, 0.61, 0.44, 0.56, 0.49, 0.51)
MISSING = WayResult("torch", "inference", why_not="torch is not installed", packages=("torch",))
STEP = result("keras-declared", 3.0, 3.0, 3.0, what="training")


def measurement(*results: WayResult) -> Measurement:
    matmul = {"float32": Spread((0.1, 0.1, 0.2)), "bfloat16": Spread((0.05,))}
    return Measurement(SUBJECT, MACHINE, results, matmul, 2_000_000_000, 7)


def test_rates_and_shares_follow_from_the_times() -> None:
    found = measurement(PLAIN, FAST, HALF, STEP)
    assert found.rate(PLAIN) == pytest.approx(4e9 / 1.0)
    assert found.share(PLAIN) == pytest.approx(4e9 / (2e9 / 0.1))
    assert found.share(HALF) == pytest.approx((4e9 / 0.25) / (2e9 / 0.05))
    assert found.rate(STEP) == pytest.approx(3 * 4e9 / 3.0)  # the forward pass and both kinds of gradients
    assert PLAIN.spread is not None
    assert FAST.spread is not None
    assert FAST.spread.ratio(PLAIN.spread) == pytest.approx(0.5)


def test_noise_is_not_a_difference_and_a_difference_is() -> None:
    assert slower(PLAIN, FAST)
    assert not slower(FAST, PLAIN)
    assert not slower(SAME, FAST)
    assert not slower(FAST, SAME)
    assert equal_to(FAST, [PLAIN, FAST, HALF, SAME]) == [SAME]
    # Slower in every turn, by what nobody would notice.
    assert not slower(result("litert", *(1.01 * value for value in FAST.spread.values)), FAST)  # type: ignore[union-attr]


def test_the_words_name_the_fastest_and_what_is_equal_to_it() -> None:
    said = advice(measurement(PLAIN, FAST, HALF, SAME, MISSING, STEP))
    assert said[0].startswith(
        "Serving: OpenVINO, bfloat16, 250 ms a call. Keras, optimized takes 2.03 times as long. In bfloat16"
    )
    assert "Serving, in float32: Keras, optimized, 490 ms a call, equal within noise: OpenVINO." in said[1]
    assert said[2].startswith("Serving, within Keras: Keras, optimized, 490 ms")
    assert said[3] == "Training: Keras, as declared, 3 s a call."
    assert said[4] == "Least memory, inference: OpenVINO, 1.00 MiB, equal within noise: Keras, optimized."
    assert said[5] == "Not installed, for PyTorch: pip install torch"
    assert len(said) == 6


def test_the_table_has_every_row_and_says_why_one_has_no_times() -> None:
    text = as_text(measurement(PLAIN, replace(FAST, spread=Spread((0.5,) * 3)), MISSING))
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    assert "net: input anyx32x1, measured at 64x32, batch 2, weights drawn" in text
    assert "20 GMAC/s in float32, 40 GMAC/s in bfloat16" in text
    assert all(part in lines["Keras, as declared"] for part in ("1 s", "800 ms to 1.2 s", "20 %", "1.00 GiB"))
    assert "0.50 (0.42 to 0.62)" in lines["OpenVINO"]
    assert "(3 turns)" in lines["OpenVINO"]
    assert "  PyTorch: torch is not installed" in text.splitlines()


def test_markdown_has_the_same_cells() -> None:
    page = as_markdown(measurement(PLAIN, FAST, MISSING), "## net")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert len({row.count("|") for row in rows}) == 1
    assert "- PyTorch: torch is not installed" in page


def test_json_holds_what_the_table_says() -> None:
    data = json.loads(json.dumps(measurement(PLAIN, FAST, MISSING).as_dict()))
    plain, fast, absent = data["results"]
    assert (plain["over_plain"], fast["over_fastest"]) == (1.0, 1.0)
    assert fast["seconds"] == {"median": 0.5, "low": 0.4, "high": 0.6}
    assert fast["macs_per_second"] == pytest.approx(data["macs"] / fast["seconds"]["median"])
    assert absent == {
        "runtime": "torch", "label": "PyTorch", "what": "inference", "why_not": "torch is not installed",
        "missing": ["torch"],
    }  # fmt: skip


def test_nothing_measured_is_no_error() -> None:
    assert "PyTorch: torch is not installed" in as_text(measurement(MISSING))


def test_this_machine_is_known() -> None:
    found = machine()
    assert found.cores >= 1
    assert found.versions["numpy"] in found.words


def test_outputs_that_are_none_are_told() -> None:
    strange = replace(FAST, difference=None, notes={STRANGE: True})
    assert "not finite" in as_text(measurement(PLAIN, strange))
    assert json.loads(json.dumps(measurement(PLAIN, strange).as_dict()))["results"][1]["difference"] is None
