"""An evaluation as text, CSV, JSON or a page of HTML."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from html import escape

from unetgen.emit.text.spreadsheet import csv_line, harmless
from unetgen.emit.text.tables import table
from unetgen.predicting.evaluating import CaseQuality, Evaluation
from unetgen.predicting.metrics import MEASURES, Quality

TITLES: Mapping[str, str] = {
    "dice": "Dice",
    "iou": "IoU",
    "precision": "precision",
    "recall": "recall",
    "surface_distance": "surface distance",
    "hausdorff95": "Hausdorff 95 %",
}
"""What people read above a column."""
NONE = "–"
_MOST_ROWS = 40
_COUNTS = ("true", "predicted", "both")


def text(evaluation: Evaluation) -> str:
    """The means over the cases, then each case with its classes, or the worst ones where there are many."""
    measures = _measured(evaluation)
    right = range(1, len(measures) + 2)
    rows = [
        [name, str(_cases(evaluation, number)), *(_number(evaluation.mean(number, m)[0]) for m in measures)]
        for number, name in evaluation.names.items()
    ]
    if len(evaluation.foreground) > 1:
        rows.append(["mean", "", *(_number(evaluation.overall(measure)) for measure in measures)])
    means = table(["class", "cases", *(TITLES[measure] for measure in measures)], rows, right=right)
    cases = worst_first(evaluation)
    most = max(_MOST_ROWS // max(len(evaluation.names), 1), 1)
    rows = [
        [case.name, name, *(_number(case.quality(number).values[measure]) for measure in measures)]
        for case in cases[:most]
        for number, name in evaluation.names.items()
    ]
    of_cases = table(
        ["case", "class", *(TITLES[m] for m in measures)], rows, right=range(2, len(measures) + 2)
    )
    hidden = f"\n{len(cases) - most} further cases are better" if len(cases) > most else ""
    return f"{means}\n\n{of_cases}{hidden}"


def worst_first(evaluation: Evaluation) -> list[CaseQuality]:
    """The cases by their mean Dice, the lowest first; those in which it is not defined come last."""

    def dice(case: CaseQuality) -> float:
        value = evaluation.of_case(case, "dice")
        return math.inf if math.isnan(value) else value

    return sorted(evaluation.cases, key=dice)


def csv(evaluation: Evaluation) -> str:
    """A header, then a line for each class of each case; an empty cell where a measure is not defined."""
    lines = [csv_line(["case", "class", *_COUNTS, *MEASURES])]
    for case in evaluation.cases:
        for number, name in evaluation.names.items():
            quality = case.quality(number)
            counts = (str(count) for count in (quality.true, quality.predicted, quality.both))
            values = ("" if math.isnan(value) else repr(value) for value in quality.values.values())
            lines.append(csv_line([harmless(case.name), harmless(name), *counts, *values]))
    return "".join(lines)


def json_text(evaluation: Evaluation) -> str:
    """One JSON object, see `Evaluation.as_dict`."""
    return json.dumps(evaluation.as_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def html(evaluation: Evaluation) -> str:
    """A page of two tables that loads nothing: the means, and the cases with the worst one first."""
    measures = _measured(evaluation)
    heads = "".join(f'<th title="{escape(MEASURES[m])}">{escape(TITLES[m])}</th>' for m in measures)
    means = [
        _row([name, _cases(evaluation, number)], [evaluation.mean(number, m)[0] for m in measures])
        for number, name in evaluation.names.items()
    ]
    if len(evaluation.foreground) > 1:
        means.append(_row(["mean", ""], [evaluation.overall(m) for m in measures]))
    cases = [
        _row([case.name, name], [case.quality(number).values[m] for m in measures])
        for case in worst_first(evaluation)
        for number, name in evaluation.names.items()
    ]
    return _PAGE.format(
        count=len(evaluation.cases),
        heads=heads,
        means="\n".join(means),
        cases="\n".join(cases),
        legend="".join(f"<dt>{escape(TITLES[m])}</dt><dd>{escape(MEASURES[m])}</dd>" for m in measures),
    )


WRITERS: Mapping[str, Callable[[Evaluation], str]] = {".csv": csv, ".json": json_text, ".html": html}
"""By the suffix of the file."""


def _measured(evaluation: Evaluation) -> list[str]:
    """The measures that are defined anywhere."""
    everything: list[Quality] = [each for case in evaluation.cases for each in case.by_class.values()]
    return [name for name in MEASURES if any(not math.isnan(each.values[name]) for each in everything)]


def _cases(evaluation: Evaluation, number: int) -> int:
    """In how many cases a class is in the mask or in the prediction."""
    return evaluation.mean(number, "dice")[1]


def _row(words: list[str | int], values: list[float]) -> str:
    cells = "".join(f"<td>{escape(str(word))}</td>" for word in words)
    return f"<tr>{cells}{''.join(f'<td>{_number(value)}</td>' for value in values)}</tr>"


def _number(value: float) -> str:
    return NONE if math.isnan(value) else f"{value:.4f}"


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Evaluation of {count} cases</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 1em 0 2em; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .2em .8em; border-bottom: 1px solid #8884; text-align: right; }}
th:first-child, td:first-child {{ text-align: left; }}
thead th {{ position: sticky; top: 0; background: Canvas; }}
dt {{ font-weight: bold; float: left; clear: left; width: 11em; }}
:root {{ color-scheme: light dark; }}
</style>
</head>
<body>
<h1>Evaluation of {count} cases</h1>
<h2>Means over the cases</h2>
<p>Of each class over the cases in which a measure is defined; the last line over the classes without the
background.</p>
<table><thead><tr><th>class</th><th>cases</th>{heads}</tr></thead>
<tbody>
{means}
</tbody></table>
<h2>Cases, the worst first</h2>
<table><thead><tr><th>case</th><th>class</th>{heads}</tr></thead>
<tbody>
{cases}
</tbody></table>
<dl>{legend}</dl>
</body>
</html>
"""
