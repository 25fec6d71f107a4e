"""Plain text as LaTeX: for labels in TikZ."""

from __future__ import annotations

_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "×": r"$\times$",
    "→": r"$\to$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "⊕": r"$\oplus$",
    "±": r"$\pm$",
    "−": "$-$",
    "·": r"$\cdot$",
    "²": "$^2$",
    "³": "$^3$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
}  # fmt: skip
_TABLE = str.maketrans(_TEX)


def escaped(text: str) -> str:
    r"""`text` so that LaTeX sets it as it reads; other scripts than Latin need a font that has them.

    >>> print(escaped("unet_2015: 3×3, 50 % & 64→128"))
    unet\_2015: 3$\times$3, 50 \% \& 64$\to$128
    """
    return "".join(letter for letter in text.translate(_TABLE) if letter.isprintable())
