"""What a plain (unquoted) YAML scalar means, and whether everyone agrees on it.

YAML 1.1 (PyYAML), the YAML 1.2 core schema and Hydra (OmegaConf) read some scalars differently: ``1e-5``,
``on``, ``010``. Those are refused here, never reinterpreted. The three readers are small and our own, so that
nothing but regular expressions is imported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Scalar = str | int | float | bool | None
Kind = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "null",
    "date",
    "merge key",
    "value key",
    "too large",
    "malformed",
]

MAX_NUMBER_CHARACTERS = 400
"""Longer numbers are mistakes; Python itself refuses to read or print integers of some thousand digits."""


@dataclass(frozen=True)
class Reading:
    """How one reader understands a plain scalar; ``value`` only where the kind has one."""

    kind: Kind
    value: Scalar = None

    def __str__(self) -> str:
        return _PHRASES[self.kind] if self.kind in _PHRASES else described(self.value)

    def agrees_with(self, other: Reading) -> bool:
        return self.kind == other.kind and repr(self.value) == repr(other.value)  # repr: nan equals nan


@dataclass(frozen=True)
class Ambiguity:
    """A plain scalar that is refused, with what each reader makes of it.

    >>> refused = read_scalar("1e-5")
    >>> refused.message
    'YAML 1.1 reads this as a string, YAML 1.2 as the number 1e-05'
    >>> refused.hint
    'write 1.0e-5 (or quote it to mean a string)'
    """

    text: str
    readings: tuple[tuple[str, Reading], ...]

    @property
    def message(self) -> str:
        (first, reading), *others = self.readings
        return f"{first} reads this as {reading}" + "".join(f", {who} as {other}" for who, other in others)

    @property
    def hint(self) -> str:
        """How to write it so that all readers agree."""
        values = [reading.value for _, reading in self.readings if reading.kind not in _UNWRITABLE]
        if not values:
            return "quote it to mean a string"
        ways = dict.fromkeys(_spelled(value, self.text) for value in values)
        return f"write {' or '.join(ways)} (or quote it to mean a string)"


def read_scalar(text: str) -> Scalar | Ambiguity:
    """The value of a plain scalar that all readers agree on, or why they do not.

    >>> read_scalar("0.5"), read_scalar("relu"), read_scalar("~")
    (0.5, 'relu', None)
    """
    if text and text[0] not in _TELLING_STARTS:
        return text
    yaml11, yaml12 = read_yaml11(text), read_yaml12(text)
    if not yaml11.agrees_with(yaml12):
        return Ambiguity(text, (("YAML 1.1", yaml11), ("YAML 1.2", yaml12)))
    if yaml11.kind == "too large":
        return Ambiguity(text, (("YAML", yaml11),))
    if yaml11.kind != "string":
        return yaml11.value
    if text in _SPECIFIED_BOOLEANS:
        specified = _SPECIFIED_BOOLEANS[text]
        return Ambiguity(text, (("the YAML 1.1 specification", specified), ("YAML 1.2", yaml12)))
    if _HYDRA_FLOAT.fullmatch(text):
        hydra = _number(text.replace("_", ""), float)
        return Ambiguity(text, (("Hydra", hydra), ("YAML 1.2", yaml12)))
    return text


def read_yaml11(text: str) -> Reading:
    """The reading of YAML 1.1 as PyYAML's ``safe_load`` implements it (https://yaml.org/type/)."""
    if text in _YAML11_WORDS:
        return _YAML11_WORDS[text]
    for kind, pattern in _YAML11_PATTERNS:
        if pattern.fullmatch(text):
            return Reading(kind) if kind == "date" else _number(text, _YAML11_NUMBERS[kind])
    return Reading("string", text)


def read_yaml12(text: str) -> Reading:
    """The reading of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema)."""
    if text in _YAML12_WORDS:
        return _YAML12_WORDS[text]
    if _YAML12_INTEGER.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return _number(text, lambda digits: int(digits if base == 10 else digits[2:], base))
    if _YAML12_FLOAT.fullmatch(text):
        return _number(text, lambda digits: float(_SPECIAL_DOT.sub("", digits)))
    return Reading("string", text)


def described(value: Scalar) -> str:
    """A scalar in words: ``the integer 8``, ``a string``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return "a string"
    return f"the {'integer' if isinstance(value, int) else 'number'} {value!r}"


def _number(text: str, convert: Callable[[str], int | float]) -> Reading:
    if len(text) > MAX_NUMBER_CHARACTERS:
        return Reading("too large")
    try:
        value = convert(text)
    except OverflowError:
        return Reading("too large")
    except ValueError:  # ``0b_``: PyYAML's patterns admit it, and its conversion then fails
        return Reading("malformed")
    if isinstance(value, int):
        return Reading("integer", value)
    overflown = math.isinf(value) and "inf" not in text.lower()
    return Reading("too large") if overflown else Reading("number", value)


def _yaml11_integer(text: str) -> int:
    sign, digits = _signed(text)
    if digits.startswith(("0b", "0x")):
        return sign * int(digits[2:], 2 if digits[1] == "b" else 16)
    if digits.startswith("0") and digits != "0":
        return sign * int(digits, 8)
    total = 0
    for part in digits.split(":"):
        total = total * 60 + int(part)
    return sign * total


def _yaml11_float(text: str) -> float:
    sign, digits = _signed(text.lower())
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    total = 0.0
    for place, part in enumerate(reversed(digits.split(":"))):
        total += float(part) * 60**place  # in PyYAML's order: the rounding has to be the same
    return sign * total


def _signed(text: str) -> tuple[int, str]:
    digits = text.replace("_", "")
    return (-1 if digits[0] == "-" else 1), digits.lstrip("+-")


def _spelled(value: Scalar, text: str) -> str:
    """A spelling of `value` that every reader reads alike, as near to `text` as possible."""
    if not isinstance(value, float):
        return str(value).lower()
    parts = _DECIMAL.fullmatch(text) or _DECIMAL.fullmatch(repr(value))
    if parts is None:
        return repr(value)
    sign, whole, fraction, exponent_sign, exponent = (part or "" for part in parts.groups())
    tail = f"e{exponent_sign or '+'}{exponent}" if exponent else ""
    return f"{sign}{whole or '0'}.{fraction or '0'}{tail}"


_PHRASES: dict[Kind, str] = {
    "date": "a date",
    "merge key": "the merge key `<<`",
    "value key": "the default-value key `=`",
    "too large": "a number too large to hold",
    "malformed": "a malformed number",
}
_UNWRITABLE = frozenset({"string", *_PHRASES})

_TELLING_STARTS = frozenset("-+.0123456789~=<yYnNtTfFoO")
"""Whatever begins with another character is a string to every reader."""


def _cased(*words: str) -> list[str]:
    return [case for word in words for case in (word, word.capitalize(), word.upper())]


_NULLS = {word: Reading("null") for word in ("", "~", *_cased("null"))}
_BOOLEANS = {word: Reading("boolean", word.lower() == "true") for word in _cased("true", "false")}
_YAML12_WORDS = _NULLS | _BOOLEANS
_YAML11_WORDS = {
    **_YAML12_WORDS,
    **{word: Reading("boolean", word.lower() in ("yes", "on")) for word in _cased("yes", "no", "on", "off")},
    "<<": Reading("merge key"),
    "=": Reading("value key"),
}
_SPECIFIED_BOOLEANS = {word: Reading("boolean", word in "yY") for word in "yYnN"}  # PyYAML leaves these out

_YAML11_NUMBERS: dict[Kind, Callable[[str], int | float]] = {
    "number": _yaml11_float,
    "integer": _yaml11_integer,
}
_YAML11_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "number",
        re.compile(
            r"""[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?
            |\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
            |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*
            |[-+]?\.(?:inf|Inf|INF)
            |\.(?:nan|NaN|NAN)""",
            re.VERBOSE,
        ),
    ),
    (
        "integer",
        re.compile(
            r"""[-+]?0b[01_]+
            |[-+]?0[0-7_]+
            |[-+]?(?:0|[1-9][0-9_]*)
            |[-+]?0x[0-9a-fA-F_]+
            |[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+""",
            re.VERBOSE,
        ),
    ),
    (
        "date",
        re.compile(
            r"""[0-9]{4}-[0-9]{2}-[0-9]{2}
            |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
             (?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?""",
            re.VERBOSE,
        ),
    ),
)
_YAML12_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_YAML12_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_SPECIAL_DOT = re.compile(r"\.(?=[iInN])")
# Where OmegaConf's loader sees a number although both versions of YAML see a string: ``1_0e5``.
_HYDRA_FLOAT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9_]*)?[eE][-+]?[0-9]+")
_DECIMAL = re.compile(r"([-+]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?)([0-9]+))?")
