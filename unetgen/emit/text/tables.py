"""Plain-text tables and numbers with units, for people."""

from __future__ import annotations

from collections.abc import Collection, Sequence

PREFIXES = ("", "k", "M", "G", "T", "P", "E")
BINARY_PREFIXES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = (), rule: bool = True
) -> str:
    """Columns as wide as their widest cell, those in `right` flush right; a rule below the header.

    >>> print(table(["name", "n"], [["a", "1"], ["bc", "20"]], right={1}))
    name   n
    ────  ──
    a      1
    bc    20
    """
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [list(header), *([["─" * width for width in widths]] if rule else []), *map(list, rows)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def short(number: float) -> str:
    """A count with a decimal prefix and three or more digits.

    >>> short(222_324_326_400), short(833)
    ('222 G', '833')
    """
    return _scaled(number, 1000, PREFIXES)


def bytes_text(number: float) -> str:
    """Bytes with a binary prefix.

    >>> bytes_text(3_334_028)
    '3.18 MiB'
    """
    return _scaled(number, 1024, BINARY_PREFIXES)


def _scaled(number: float, base: int, prefixes: Sequence[str]) -> str:
    step = 0
    while round(number) >= base and step < len(prefixes) - 1:
        number, step = number / base, step + 1
    digits = 0 if step == 0 or number >= 100 else 1 if number >= 10 else 2
    return f"{number:.{digits}f} {prefixes[step]}".rstrip()


_ASCII = str.maketrans({
    "×": "x", "→": ">", "─": "-", "▶": ">", "⇒": "=", "⊕": "&", "↓": "v", "↑": "^", "│": "|",
})  # fmt: skip


def in_ascii(text: str) -> str:
    """`text` with drawing characters that every terminal has, one for one.

    >>> in_ascii("4 → 32 ──▶ 64⊕64")
    '4 > 32 --> 64&64'
    """
    return text.translate(_ASCII)
