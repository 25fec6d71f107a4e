"""What is in a data set, as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.data.case import size_text, spacing_text
from unetgen.data.checking import Findings
from unetgen.data.statistics import PERCENTILES, AxisRange
from unetgen.data.survey import CaseFacts
from unetgen.emit.text.tables import table

MOST_CASES = 20
UNKNOWN = "-"


def data_report(findings: Findings, name: str) -> str:
    """The cases, sizes, intensities and classes of a data set that is called `name`."""
    sides = findings.sides
    count = len(findings.survey.cases)
    counted = "1 case" if count == 1 else f"{count:,} cases"
    of_sides = f"{len(sides.train):,} to learn from, {len(sides.validation):,} to validate on"
    parts = [f"{name}: {counted}, {of_sides}"]
    if findings.survey.images:
        parts += [_ranges(findings), _intensities(findings)]
    if findings.survey.masks:
        parts.append(_classes(findings))
    if findings.survey.cases:
        parts.append(_cases(findings))
    return "\n\n".join(parts)


def _ranges(findings: Findings) -> str:
    overview = findings.overview
    rows = []
    if overview.sizes:
        rows.append(["size", *_of_range(overview.sizes)])
    if overview.spacings:
        rows.append(["spacing", *_of_range(overview.spacings)])
    lines = [table(["", "lowest", "median", "highest"], rows, right={1, 2, 3})]
    channels = ", ".join(f"{channels} in {count:,}" for channels, count in sorted(overview.channels.items()))
    dtypes = ", ".join(f"{dtype} in {count:,}" for dtype, count in sorted(overview.dtypes.items()))
    return "\n".join([*lines, f"channels: {channels}", f"types: {dtypes}"])


def _of_range(spread: AxisRange) -> Iterator[str]:
    yield from map(spacing_text, (spread.lowest, spread.median, spread.highest))


def _intensities(findings: Findings) -> str:
    header = ["channel", "lowest", *(f"{share:g} %" for share in PERCENTILES), "highest", "mean", "deviation"]
    rows = [
        [
            str(number),
            *(f"{value:.5g}" for value in (of.lowest, *of.percentiles, of.highest, of.mean, of.deviation)),
        ]
        for number, of in enumerate(findings.overview.intensities)
    ]
    return table(header, rows, right=set(range(1, len(header))))


def _classes(findings: Findings) -> str:
    classes = findings.classes
    rows = []
    for number, of in enumerate(findings.overview.classes):
        values = [str(value) for value, known in classes.number_of.items() if known == number]
        rows.append([str(number), of.name, ", ".join(values), f"{of.share:.3%}", f"{of.cases:,}"])
    lines = [table(["number", "class", "values", "share", "cases"], rows, right={0, 3, 4})]
    if classes.ignore is not None:
        lines.append(f"not learned from: {classes.ignore}, {findings.overview.ignored:.3%} of all positions")
    return "\n".join(lines)


def _cases(findings: Findings) -> str:
    header = ["case", "side", "size", "spacing", "axes", "channels", "values in the mask"]
    cases = findings.survey.cases
    lines = [table(header, [_row(findings, each) for each in cases[:MOST_CASES]])]
    if len(cases) > MOST_CASES:
        lines.append(f"and {len(cases) - MOST_CASES:,} more; --json lists all")
    return "\n".join(lines)


def _row(findings: Findings, facts: CaseFacts) -> Sequence[str]:
    image, mask = facts.image, facts.mask
    side = findings.sides.side_of(facts.case.name) or UNKNOWN
    if image is None:
        of_image = [UNKNOWN] * 4
    else:
        spacing = spacing_text(image.spacing) if image.spacing else UNKNOWN
        of_image = [size_text(image.spatial), spacing, image.axes or UNKNOWN, str(image.channels)]
    values = [str(value) for value in sorted(mask.counts)] if mask else []
    shown = ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")
    return [facts.case.name, side, *of_image, shown or UNKNOWN]
