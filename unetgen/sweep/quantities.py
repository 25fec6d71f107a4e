"""Numbers as people write them on a command line: ``5e6``, ``1.5M``, ``16GiB``."""

from __future__ import annotations

import math
import re

from unetgen.errors import UnetgenError

_FACTORS = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50,
}  # fmt: skip
_QUANTITY = re.compile(r"([+-]?(?:\d[\d_]*)?\.?\d*(?:[eE][+-]?\d+)?)\s*([kMGTP]?i?)B?", re.ASCII)


def quantity(text: str) -> float:
    """The number in `text`: with a decimal (k, M, G, T, P) or binary (Ki, Mi, ...) prefix, B for bytes.

    Raises `UnetgenError` where it is none.

    >>> quantity("5e6"), quantity("1.5M"), quantity("16GiB")
    (5000000.0, 1500000.0, 17179869184.0)
    """
    match = _QUANTITY.fullmatch(text.strip())
    try:
        if match is None or match[2] not in _FACTORS:
            raise ValueError
        number = float(match[1]) * _FACTORS[match[2]]
    except ValueError:
        hint = "write it as 5000000, 5e6, 5M or 16GiB"
        raise UnetgenError(f"{text!r} is not a number; {hint}") from None
    if not math.isfinite(number):
        raise UnetgenError(f"{text!r} is not a finite number")
    return number
