"""What unetgen raises. An error says where, what was given and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Path = tuple[str | int, ...]
"""A field's place in a config, such as ``("filters", 3)``."""
FREEZING = "howto/freezing.html"
IGNORE_LABELS = "howto/ignore_labels.html"
INTEGER_MASKS = "howto/integer_masks.html"
MEMORY = "howto/memory.html"
ODD_SIZES = "howto/odd_sizes.html"
"""Pages of the site, each the answer to one sort of problem."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    >>> print(Problem("must be positive", path=("filters", 3), got=0, where="a.yaml:7:12"))
    a.yaml:7:12: filters.3: must be positive (got 0)
    """

    message: str
    path: Path = ()
    got: object = ...  # ``...`` where nothing was given
    hint: str | None = None
    where: str | None = None
    page: str | None = None
    """The page of the site that answers such a problem; None where only its field is described."""

    def __str__(self) -> str:
        place = "".join(f"{part}: " for part in (self.where, self.dotted_path) if part)
        got = "" if self.got is ... else f" (got {shown(self.got)})"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{got}{hint}"

    @property
    def dotted_path(self) -> str:
        return ".".join(_path_part(part) for part in self.path)


def shown(value: object, limit: int = 60) -> str:
    """A value as an error message shows it: like Python's repr, on one line, cut at `limit`."""
    text = {True: "true", False: "false", None: "null"}.get(value) if _is_keyword(value) else None  # type: ignore[call-overload]
    try:
        text = text or repr(value)
    except ValueError:  # Python writes no whole number of thousands of digits
        text = "a whole number of thousands of digits"
    except RecursionError:
        text = "something nested too deeply to be shown"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _is_keyword(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _path_part(part: str | int) -> str:
    """As it is, unless it would break the line (a quoted key may hold anything)."""
    text = str(part)
    return text if text and text.isprintable() and len(text) <= 60 else shown(part)


class UnetgenError(Exception):
    """Bad input or usage: the command line prints it without a traceback and exits with 2."""


class ConfigError(UnetgenError):
    """Everything that is wrong with a config, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OldNameWarning(FutureWarning):
    """A config says an old name of a field: it means the same, and the message says the new one."""


class DeviceWarning(UserWarning):
    """A model was built that the device at hand cannot compute, or computes more slowly than need be."""


class Wrong(ValueError):  # noqa: N818  (nobody sees it but the loader)
    """Raised inside a config model: problems whose paths are relative to the field or model at hand."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, message: str, got: object = ..., hint: str | None = None, path: Path = ()) -> Wrong:
        """A `Wrong` with one problem."""
        return cls([Problem(message, path=path, got=got, hint=hint)])

    def under(self, *path: str | int) -> Wrong:
        """The same problems, seen from further out."""
        return Wrong(replace(problem, path=(*path, *problem.path)) for problem in self.problems)


@contextmanager
def problems_under(*path: str | int) -> Iterator[None]:
    """Put the problems of a `Wrong` raised inside under `path`."""
    try:
        yield
    except Wrong as wrong:
        raise wrong.under(*path) from None


def at(path: Path, check: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """``check(*arguments)``, its problems put under `path`."""
    with problems_under(*path):
        return check(*arguments, **named)
