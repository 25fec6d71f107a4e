"""What is shown of a run at its end: its curves, its best epoch, and the cases that it is worst at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from unetgen.data.preview import png
from unetgen.data.samples import Panel, Sample, flat
from unetgen.runs.run import Run
from unetgen.runs.weighted import Weights, weights_line
from unetgen.training.curves import curves
from unetgen.training.data_set import DataSet
from unetgen.training.history import History
from unetgen.training.validating import dice_of, validated
from unetgen.visible import visible

if TYPE_CHECKING:
    import keras

SHOWN = 6
"""Cases of which pictures are shown."""
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font-family:sans-serif;margin:1.5rem;max-width:70rem}svg{width:26rem;max-width:100%}"
    "img{max-width:100%}table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{padding:.15rem .7rem;text-align:right;border-bottom:1px solid #8886}"
    "td:first-child,th:first-child{text-align:left}"
    "@media(prefers-color-scheme:dark){body{background:#121212;color:#e8e8e8}line{stroke:#444}"
    "[fill='#444']{fill:#bbb}[fill='#0072b2']{fill:#4aa8e0}[stroke='#0072b2']{stroke:#4aa8e0}}"
)
"""For light and dark screens, and for narrow ones."""


@dataclass(frozen=True, eq=False)
class CaseResult:
    """One case of the validation split, predicted by the model that was kept."""

    name: str
    dice: float
    """The mean over the classes but the first that are in its mask or its prediction; NaN without any."""
    of_class: dict[str, float]
    panels: tuple[Panel, ...]


def results_of(model: keras.Model, run: Run, data: DataSet) -> list[CaseResult]:
    """The cases of the validation split, the worst first; those without a class but the first at the end."""
    names, ignored = data.preprocessing.classes, data.preprocessing.ignored
    found = []
    for case in validated(model, run, data):
        image, predicted = case.image, case.predicted
        dice = dice_of([case.qualities], names)
        mean = dice.pop("val_dice")
        of_class = {name.removeprefix("val_dice_"): value for name, value in dice.items()}
        # The prediction goes along as a channel, so that all show the same slice.
        both = np.concatenate([image.values, predicted[..., None]], -1)
        masked = flat("mask", both, image.labels, ignored)
        # A copy, so that no volume is kept for a slice of it.
        values, shown = masked.values[..., :-1].copy(), masked.values[..., -1].astype(np.int32)
        panels = (
            Panel("image", values, None),
            Panel(masked.title, values, None if masked.labels is None else masked.labels.copy()),
            Panel("prediction", values, shown),
        )
        found.append(CaseResult(image.name, mean, of_class, panels))
    return sorted(found, key=lambda case: (np.isnan(case.dice), case.dice))


def examples_of(results: Sequence[CaseResult]) -> dict[str, CaseResult]:
    """Of `results`, the worst first: the ``best`` case, the ``middle`` and the ``worst`` one, each once."""
    known = [case for case in results if not np.isnan(case.dice)]
    places = {"best": len(known) - 1, "middle": len(known) // 2, "worst": 0} if known else {}
    names = {place: name for name, place in reversed(places.items())}  # of one case: the best
    return {names[place]: known[place] for place in sorted(names, reverse=True)}


def sheet(results: Sequence[CaseResult], classes: Sequence[str]) -> bytes:
    """A PNG of the worst cases: the image, its mask, and what the network predicts."""
    samples = [Sample(case.name, f"Dice {case.dice:.3f}", case.panels) for case in results[:SHOWN]]
    return png(samples, classes)


def page(run: Run, data: DataSet, history: History, results: Sequence[CaseResult], devices: int = 1) -> bytes:
    """One HTML page, which loads nothing."""
    classes = data.preprocessing.classes
    name = escape(visible(run.design.config.name))
    best = history.best(run.config.fit.monitor)
    where = f" on {devices} devices" if devices > 1 else ""
    parts = [
        f"<h1>{name}</h1>",
        f"<p>{run.design.plan.params:,} parameters, {len(history.rows)} epochs{where}. The model that was "
        f"kept is that of epoch {best}, by {run.config.fit.monitor}.</p>",
        *_weights(data.class_weights),
        "<h2>Curves</h2>",
        *curves(history),
    ]
    if results:
        source = base64.b64encode(sheet(results, classes)).decode("ascii")
        parts += [
            "<h2>Validation</h2>",
            _table(results, list(classes)[1:]),
            f"<h2>The {f'{min(SHOWN, len(results))} worst cases' if len(results) > 1 else 'worst case'}</h2>",
            f'<img alt="image, mask and prediction of each" src="data:image/png;base64,{source}">',
        ]
    body = "\n".join(parts)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title><style>{STYLE}</style></head>
<body>
{body}
</body></html>
"""
    return text.encode("utf-8", "backslashreplace")


def _weights(weights: Weights | None) -> list[str]:
    return [] if weights is None else [f"<p>Class weights: {escape(visible(weights_line(weights)))}.</p>"]


def _table(results: Sequence[CaseResult], classes: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(visible(name))}</th>" for name in ("case", "Dice", *classes))
    rows = [
        f"<tr><td>{escape(visible(case.name))}</td><td>{case.dice:.3f}</td>"
        + "".join(f"<td>{_number(case.of_class.get(name))}</td>" for name in classes)
        + "</tr>"
        for case in results
    ]
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
