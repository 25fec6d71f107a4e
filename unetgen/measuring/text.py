"""A measurement for people: tables of columns, or of Markdown, with the same cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from unetgen.emit.text.tables import bytes_text, short, table
from unetgen.measuring.advice import advice, seconds_text
from unetgen.measuring.measurement import PASSES, STRANGE, Measurement, Spread, WayResult
from unetgen.measuring.side import What

Cell = Callable[[Measurement, WayResult], str]
NOTHING = "-"


def _spread(measurement: Measurement, result: WayResult) -> str:
    if result.spread is None:
        return ""
    low, high = seconds_text(result.spread.low), seconds_text(result.spread.high)
    turns = len(result.spread.values)
    fewer = f" ({turns} turns)" if turns < measurement.repeats else ""
    return f"{low} to {high}{fewer}"


def _ratio(result: WayResult, other: WayResult | None) -> str:
    if result.spread is None or other is None or other.spread is None:
        return NOTHING
    ratios = result.spread.ratios(other.spread)
    if result is other:
        return "1"
    return f"{Spread(ratios).median:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _difference(_: Measurement, result: WayResult) -> str:
    if STRANGE in result.notes:
        return "not finite"
    if result.difference is None:
        return NOTHING
    return "0" if result.difference == 0 else f"{result.difference:.1e}"


def _share(measurement: Measurement, result: WayResult) -> str:
    share = measurement.share(result)
    return NOTHING if share is None else f"{100 * share:.0f} %"


COLUMNS: Mapping[str, Cell] = {
    "runtime": lambda _, result: result.label,
    "a call": lambda _, result: seconds_text(result.spread.median) if result.spread else "",
    "low to high": _spread,
    "/ fastest": lambda whole, result: _ratio(result, whole.fastest(result.what)),
    "/ Keras as declared": lambda whole, result: _ratio(result, whole.plain(result.what)),
    "GMAC/s": lambda whole, result: f"{(whole.rate(result) or math.nan) / 1e9:.3g}",
    "of matmul": _share,
    "peak": lambda _, result: bytes_text(result.peak_bytes),
    "difference": _difference,
}
RIGHT = {1, 5, 6, 7, 8}


def as_text(measurement: Measurement) -> str:
    """All of it, as the command prints it."""
    parts = ["\n".join(_facts(measurement))]
    for what in measurement.whats:
        rows = [_cells(measurement, result) for result in measurement.measured(what)]
        lines = [_title(measurement, what), table(list(COLUMNS), rows, right=RIGHT)] if rows else [what]
        parts.append("\n".join([*lines, *_unmeasured(measurement, what)]))
    parts.append("\n".join(["Recommended", *(f"  {line}" for line in advice(measurement))]))
    return "\n\n".join(parts)


def as_markdown(measurement: Measurement, heading: str = "") -> str:
    """All of it as a section of a page, which `heading` begins."""
    parts = [heading, "\n".join(f"- {fact}" for fact in _facts(measurement))]
    for what in measurement.whats:
        parts.append(markdown_table(measurement, what))
        parts.append("\n".join(f"- {line.strip()}" for line in _unmeasured(measurement, what)))
    parts.append("\n".join(f"- {line}" for line in advice(measurement)))
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown_table(measurement: Measurement, what: What) -> str:
    """The rows that have times."""
    rows = [list(COLUMNS), ["---"] * len(COLUMNS)]
    rows[0] = [what, *rows[0][1:]]
    rows += [_cells(measurement, result) for result in measurement.measured(what)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(measurement: Measurement, result: WayResult) -> list[str]:
    return [cell(measurement, result) for cell in COLUMNS.values()]


def _title(measurement: Measurement, what: What) -> str:
    passes = PASSES[what]
    times = "" if passes == 1 else f", a call counted as {passes} passes"
    return f"{what}, {short(passes * measurement.subject.macs)}MAC a call{times}"


def _unmeasured(measurement: Measurement, what: What) -> list[str]:
    return [f"  {result.label}: {result.why_not}" for result in measurement.of(what) if not result.spread]


def _facts(measurement: Measurement) -> list[str]:
    subject = measurement.subject
    shape = "x".join("any" if size is None else str(size) for size in subject.input_shape)
    at = f", measured at {'x'.join(map(str, subject.reference))}" if subject.reference else ""
    optimized = ", ".join(
        f"{short(macs)}MAC optimized for {what}" for what, macs in subject.macs_optimized.items()
    )
    memory = ", ".join(f"{bytes_text(size)} in {what}" for what, size in subject.predicted_bytes.items())
    products = ", ".join(
        f"{rate / 1e9:.3g} GMAC/s in {precision}" for precision, rate in measurement.peaks.items()
    )
    return [
        f"{subject.name}: input {shape}{at}, batch {subject.batch}, weights {subject.weights}",
        f"By its plan: {short(subject.macs)}MAC a forward pass; {optimized}; memory {memory}",
        f"Machine: {measurement.machine.words}",
        *([f"A large product of matrices in TensorFlow: {products}"] if products else []),
    ]
