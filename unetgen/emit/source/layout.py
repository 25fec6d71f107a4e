"""Python text laid out as `ruff format` does it: what fits on a line stays on it, else brackets are opened.

It knows calls, lists, sums and texts, which is all that the printed sources are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

WIDTH = 100
INDENT = "    "


@dataclass(frozen=True)
class Bracketed:
    """``(a, b)`` or ``[a, b]``; `is_split` puts each item on a line of its own in any case."""

    items: tuple[Code, ...]
    brackets: str = "()"
    is_split: bool = False


@dataclass(frozen=True)
class Joined:
    """Pieces one behind the other, such as a name and its arguments."""

    parts: tuple[Code, ...]


@dataclass(frozen=True)
class Sum:
    """Terms with an operator between them; in parentheses where they take several lines."""

    terms: tuple[Code, ...]
    operator: str = "+"


Code = str | Bracketed | Joined | Sum


def called(name: Code, *arguments: Code) -> Joined:
    """``name(arguments)``."""
    return joined(name, Bracketed(arguments))


def joined(*parts: Code) -> Joined:
    """The parts one behind the other, those of joined ones among them."""
    flat: list[Code] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Joined) else (part,))
    return Joined(tuple(flat))


def listed(items: Iterable[Code]) -> Bracketed:
    """``[items]``."""
    return Bracketed(tuple(items), "[]")


def one_line(code: Code) -> str:
    """`code` without any line break."""
    if isinstance(code, str):
        return code
    if isinstance(code, Joined):
        return "".join(map(one_line, code.parts))
    if isinstance(code, Sum):
        return f" {code.operator} ".join(map(one_line, code.terms))
    return f"{code.brackets[0]}{', '.join(map(one_line, code.items))}{code.brackets[1]}"


def statement(depth: int, before: str, code: Code, comment: str = "", after: str = "") -> list[str]:
    """The lines of ``before code after  # comment``, `depth` indents deep; no comment where none fits."""
    lines = _statement(depth, before, code, after)
    if not comment:
        return lines
    with_comment = _statement(depth, before, code, f"{after}  # {comment}")
    is_same = [*lines[:-1], f"{lines[-1]}  # {comment}"] == with_comment
    return with_comment if is_same else lines


def _statement(depth: int, before: str, code: Code, after: str) -> list[str]:
    text = _Writer(depth).written(before, code, after)
    if any(line.endswith(")(") for line in text):
        # Rather the layer's arguments one to a line than what it is called with.
        return _Writer(depth).written(before, _split_first(code), after)
    return text


def _split_first(code: Code) -> Code:
    assert isinstance(code, Joined)
    parts = list(code.parts)
    index = next(place for place, part in enumerate(parts) if isinstance(part, Bracketed))
    first = parts[index]
    assert isinstance(first, Bracketed)
    parts[index] = replace(first, is_split=True)
    return Joined(tuple(parts))


class _Writer:
    """Lines so far, the last one unfinished."""

    def __init__(self, depth: int) -> None:
        self.lines = [INDENT * depth]
        self.depth = depth

    def written(self, before: str, code: Code, after: str) -> list[str]:
        if isinstance(code, Sum) and not self._fits(before + one_line(code) + after):
            self._sum(before, code, after)
        else:
            self._put(before)
            self._code(code, after)
            self._put(after)
        return self.lines

    def _sum(self, before: str, code: Sum, after: str) -> None:
        self._put(before + "(")
        self.depth += 1
        for index, term in enumerate(code.terms):
            self._newline()
            self._put(f"{code.operator} " if index else "")
            self._code(term, "")
        self.depth -= 1
        self._newline()
        self._put(f"){after}")

    def _code(self, code: Code, rest: str) -> None:
        """Write `code`, behind which `rest` follows up to the next possible break."""
        parts: Sequence[Code] = code.parts if isinstance(code, Joined) else [code]
        for index, part in enumerate(parts):
            if isinstance(part, Bracketed):
                self._bracketed(part, _up_to_break(parts[index + 1 :], rest))
            else:
                self._put(one_line(part))

    def _bracketed(self, code: Bracketed, rest: str) -> None:
        if not code.is_split and self._fits(one_line(code) + rest):
            self._put(one_line(code))
            return
        self._put(code.brackets[0])
        self.depth += 1
        on_one = ", ".join(map(one_line, code.items))
        self._newline()
        if code.brackets == "()" and not code.is_split and self._fits(on_one):
            self._put(on_one)
        else:
            for index, item in enumerate(code.items):
                if index:
                    self._newline()
                self._code(item, ",")
                self._put(",")
        self.depth -= 1
        self._newline()
        self._put(code.brackets[1])

    def _fits(self, text: str) -> bool:
        return len(self.lines[-1]) + len(text) <= WIDTH

    def _put(self, text: str) -> None:
        self.lines[-1] += text

    def _newline(self) -> None:
        self.lines.append(INDENT * self.depth)


def _up_to_break(parts: Sequence[Code], rest: str) -> str:
    """What stands on the same line in any case: all up to the next opening bracket."""
    text = ""
    for part in parts:
        if isinstance(part, Bracketed):
            return text + part.brackets[0]
        text += one_line(part)
    return text + rest
