"""A paragraph for a methods section and the table of levels, as LaTeX to be put into a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.emit.figure.tex import escaped
from unetgen.emit.paper.level_table import LevelLine, level_lines
from unetgen.emit.prose.citations import BibEntry, bibtex
from unetgen.emit.prose.description import description
from unetgen.emit.prose.english import rendered
from unetgen.emit.text.tables import short
from unetgen.plan.tensor import sizes

_HEADER = ("Level", "Size", "Channels", "Parameters", "MACs")


def latex(design: Design) -> str:
    """The paragraph and the table; what they need of a document is said in comments at the top."""
    summary = Summary(design)
    return "\n".join([*_comments(summary), "", paragraph(summary), "", *_table(summary)]) + "\n"


def bibliography(design: Design) -> str:
    """The entries that the paragraph cites."""
    cited = [part for said in description(Summary(design)) for part in said if isinstance(part, BibEntry)]
    return bibtex(cited)


def paragraph(summary: Summary) -> str:
    """The description, a sentence to a line."""
    return "\n".join(f"{text}." for text in rendered(description(summary), escaped, _cite))


def _cite(entries: Sequence[BibEntry]) -> str:
    return rf"~\cite{{{','.join(entry.key for entry in entries)}}}"


def _comments(summary: Summary) -> Iterator[str]:
    yield f"% {summary.name}: a paragraph for a methods section, and the table of levels."
    yield r"% Load \usepackage{booktabs}; the sources are in the .bib file beside this one."
    yield f"% fingerprint {summary.fingerprint}"
    yield f"% digest {summary.digest}"


def _table(summary: Summary) -> Iterator[str]:
    name, label = escaped(summary.name), summary.name.replace("_", "-")
    size = escaped(sizes(summary.design.plan.input.spec.spatial))
    yield r"\begin{table}"
    yield r"  \centering"
    yield (
        rf"  \caption{{Levels of {name}: the size of the last tensor, the channels of the convolutions, "
        rf"parameters, and multiply-accumulate operations (MACs) for one input of {size}.}}"
    )
    yield rf"  \label{{tab:{label}}}"
    yield r"  \medskip"
    yield r"  \begin{tabular}{llrrr}"
    yield r"    \toprule"
    yield f"    {_row(_HEADER)}"
    yield r"    \midrule"
    yield from (f"    {_row(_cells(line))}" for line in level_lines(summary))
    yield r"    \midrule"
    yield f"    {_row(('Total', '', '', f'{summary.params.total:,}', short(summary.macs)))}"
    yield r"    \bottomrule"
    yield r"  \end{tabular}"
    yield r"\end{table}"


def _cells(line: LevelLine) -> tuple[str, ...]:
    name = f"{line.name[:1].upper()}{line.name[1:]}"
    channels = ", ".join(map(str, line.channels))
    return name, sizes(line.spatial), channels, f"{line.params:,}", short(line.macs)


def _row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(map(escaped, cells))} \\"
