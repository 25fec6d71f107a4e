"""What to use, in words, by what was measured. What differs by noise alone is called equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.emit.text.tables import bytes_text
from unetgen.measuring.measurement import Measurement, WayResult, equal_to, median_of
from unetgen.measuring.runtimes import HALF, WAYS, install_line

LEAST_GAIN = 0.95
"""A peak of memory below this part of another is less of it; peaks vary by some percent."""
DIFFERS = {"inference": "its outputs differ", "training": "its first loss differs"}


def advice(measurement: Measurement) -> list[str]:
    """Sentences: the fastest for serving, within Keras, for training; the least memory; what is missing."""
    return [*_serving(measurement), *_training(measurement), *_memory(measurement), *_missing(measurement)]


def _serving(measurement: Measurement) -> Iterator[str]:
    results = measurement.measured("inference")
    if not results:
        return
    yield _fastest("Serving", results)
    exact = [result for result in results if result.precision != HALF]
    if exact and _best(results).precision == HALF:
        yield _fastest("Serving, in float32", exact)
    own = [result for result in results if WAYS[result.way].group == "keras"]
    if own and len(own) < len(results):
        yield _fastest("Serving, within Keras", own)


def _training(measurement: Measurement) -> Iterator[str]:
    results = measurement.measured("training")
    if not results:
        return
    yield _fastest("Training", results)
    exact = [result for result in results if result.precision != HALF]
    if exact and _best(results).precision == HALF:
        yield _fastest("Training, in float32", exact)


def _memory(measurement: Measurement) -> Iterator[str]:
    for what in measurement.whats:
        results = sorted(measurement.measured(what), key=lambda result: result.peak_bytes)
        if len(results) < 2:
            continue
        least, *others = results
        equal = [each for each in others if least.peak_bytes > LEAST_GAIN * each.peak_bytes]
        yield f"Least memory, {what}: {least.label}, {bytes_text(least.peak_bytes)}{_equals(equal)}."


def _missing(measurement: Measurement) -> Iterator[str]:
    packages = measurement.missing()
    if packages:
        rows = [result.label for result in measurement.results if result.packages]
        yield f"Not installed, for {_listed(rows)}: {install_line(packages)}"


def _best(results: Sequence[WayResult]) -> WayResult:
    return min(results, key=median_of)


def _fastest(title: str, results: Sequence[WayResult]) -> str:
    best = _best(results)
    equal = equal_to(best, results)
    behind = [each for each in results if each is not best and each not in equal]
    said = f"{title}: {best.label}, {seconds_text(median_of(best))} a call{_equals(equal)}"
    if behind:
        second = _best(behind)
        assert second.spread is not None
        assert best.spread is not None
        said += f". {second.label} takes {second.spread.ratio(best.spread):.2f} times as long"
    if best.precision == HALF and best.difference is not None:
        said += f". In bfloat16 {DIFFERS[best.what]} from Keras as declared by {best.difference:.0e}"
    return f"{said}."


def _equals(equal: Sequence[WayResult]) -> str:
    """In words, that these are equal; empty without any."""
    return f", equal within noise: {_listed([each.label for each in equal])}" if equal else ""


def _listed(labels: Sequence[str]) -> str:
    """Labels, some of which have commas."""
    return "; ".join(dict.fromkeys(labels))


def seconds_text(seconds: float) -> str:
    """A time of a call.

    >>> seconds_text(0.0123), seconds_text(2.345), seconds_text(0.000123)
    ('12.3 ms', '2.35 s', '0.123 ms')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
