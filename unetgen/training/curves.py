"""The curves of a history as SVG: one plot for each value, epochs to the right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from unetgen.training.history import History

WIDTH, HEIGHT = 420, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 28, 30
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Of Okabe and Ito (2008), told apart by all readers."""
APART = frozenset({"epoch", "seconds", "learning_rate"})
Points = Sequence[tuple[float, float]]


def curves(history: History) -> list[str]:
    """An SVG element for each group of values: the loss, what was measured in training, and in validation."""
    names = [name for name in history.columns if name not in APART]
    validation = [name for name in names if name.startswith("val_")]
    groups = [["loss"], [name for name in names if name != "loss" and name not in validation], validation]
    return [plot(history, group) for group in groups if any(_points(history, name) for name in group)]


def plot(history: History, names: Sequence[str]) -> str:
    """One plot of these values; a value that is not a number leaves a gap in nothing but its point."""
    lines = {name: _points(history, name) for name in names}
    values = [value for points in lines.values() for _, value in points]
    low, high = (
        (min(values), max(values)) if min(values) < max(values) else (values[0] - 0.5, values[0] + 0.5)
    )
    last = max(row["epoch"] for row in history.rows)
    title = ", ".join(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
        *_axes(low, high, last),
    ]
    for place, (name, points) in enumerate(lines.items()):
        colour = COLOURS[place % len(COLOURS)]
        xy = " ".join(f"{_x(epoch, last):.1f},{_y(value, low, high):.1f}" for epoch, value in points)
        parts.append(f'<polyline points="{xy}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if points:
            x, y = _x(points[-1][0], last), _y(points[-1][1], low, high)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
        left = LEFT + place * (WIDTH - LEFT) / max(len(lines), 1)
        parts.append(f'<text x="{left:.0f}" y="16" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"])


def _points(history: History, name: str) -> list[tuple[float, float]]:
    return [(row["epoch"], row[name]) for row in history.rows if math.isfinite(row.get(name, math.nan))]


def _axes(low: float, high: float, last: float) -> Iterator[str]:
    for value in (low, (low + high) / 2, high):
        y = _y(value, low, high)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{value:.3g}</text>'
    for epoch in sorted({1.0, float(last)}):
        x = _x(epoch, last)
        yield f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle" fill="#444">{epoch:.0f}</text>'
    middle = (LEFT + WIDTH) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle" fill="#444">epoch</text>'


def _x(epoch: float, last: float) -> float:
    return LEFT + 8 + (epoch - 1) / max(last - 1, 1) * (WIDTH - LEFT - RIGHT - 16)


def _y(value: float, low: float, high: float) -> float:
    return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)
