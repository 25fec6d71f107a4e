"""The tables of the page on suggested networks are what the rules give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.suggesting.test_search import GIB, PLANNED, REFERENCE, seen
from tests.tiers import thorough
from unetgen.emit.text.tables import bytes_text
from unetgen.suggesting.budget import MemoryBudget, NnunetBudget, OwnBudget
from unetgen.suggesting.search import SuggestedNetwork, suggest

PAGE = Path(__file__).parents[2] / "docs/suggest.md"
HALF = "mixed_bfloat16"


def suggested(row: dict[str, Any], budget: MemoryBudget, precision: str = "float32") -> SuggestedNetwork:
    fingerprint, dataset, family = seen(row)
    return suggest(fingerprint, dataset, family, budget, "suggested", precision)


def told(found: SuggestedNetwork) -> str:
    return f"{'x'.join(map(str, found.shape.patch))}, {found.shape.stages} levels, batch {found.batch}"


def times(numbers: Iterable[float]) -> str:
    return "x".join(f"{number:g}" for number in numbers)


def reference_rows() -> Iterator[str]:
    for row in REFERENCE:
        _, _, _, data, _ = row["name"].split()
        name = f"{data.partition('_')[2]} {len(row['patch'])}D"
        theirs, half = (suggested(row, NnunetBudget(), precision) for precision in ("float32", HALF))
        ours = suggested(row, OwnBudget(8 * GIB))
        ours_half = suggested(row, OwnBudget(8.2 * GIB), HALF)
        cells = (
            *(f"{name}, residual" if row["kind"] == "residual" else name, told(theirs)),
            *(bytes_text(each.train_bytes) for each in (theirs, half)),
            *map(told, (ours, ours_half)),
        )
        yield f"| {' | '.join(cells)} |"


def further_rows() -> Iterator[str]:
    for row in PLANNED:
        if row in REFERENCE or row["kind"] == "residual" or len(row["patch"]) == 2:
            continue
        theirs, half = (suggested(row, NnunetBudget(), precision) for precision in ("float32", HALF))
        kernels = theirs.shape.kernels
        levels = sum(1 in kernel for kernel in kernels)
        size, spacing = theirs.fingerprint.size, theirs.fingerprint.spacing
        cells = (
            f"{row['name']}: {times(size)} at {times(spacing)}",
            told(theirs),
            "x".join(map(str, theirs.shape.divisors)),
            f"{levels} level{'s' * (levels > 1)}" if levels else "-",
            *(bytes_text(each.train_bytes) for each in (theirs, half)),
        )
        yield f"| {' | '.join(cells)} |"


@thorough
def test_the_tables_are_what_is_suggested() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for rows in (reference_rows(), further_rows()):
        wanted = "\n".join(rows)
        assert f"|\n{wanted}\n\n" in page, f"the table is\n{wanted}"
