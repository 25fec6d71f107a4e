"""The space of a sweep: what its command line says, split into Hydra's settings and the points' overrides."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unetgen.config.composing import overrides as overriding
from unetgen.errors import ConfigError, Problem, UnetgenError

MAX_POINTS = 10_000
"""Points of a grid that need no asking: checking so many takes minutes, and so many folders are a burden."""
OWN_FOLDERS = ("hydra.run", "hydra.sweep", "hydra.output_subdir", "hydra.runtime", "hydra.job.chdir")
"""Settings of Hydra's that say where files go; here that is ``--out``."""
_COUNTLESS = 10**9
GroupOptions = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Space:
    """`overrides` as given, in their order; `swept` are those with several values, by key."""

    hydra: tuple[str, ...]
    overrides: tuple[str, ...]
    swept: dict[str, str]
    counts: dict[str, int] = field(default_factory=dict)
    """How many values each of `swept` has."""

    @classmethod
    def of(cls, texts: Iterable[str], options: GroupOptions) -> Space:
        """The space that `texts` span; `options` are the names in a config group, for globs.

        Raises `ConfigError` with everything that cannot be used.
        """
        hydra, overrides, swept, counts = [], [], {}, {}
        problems: list[Problem] = []
        texts = tuple(texts)
        keys = Counter(text.partition("=")[0] for text in texts)
        for text in texts:
            override = overriding.read(text)
            problem = override if isinstance(override, Problem) else _unfit(override, keys)
            if problem is not None:
                problems.append(problem)
            elif overriding.is_hydra(override):
                hydra.append(text)
            elif not override.is_sweep_override():
                overrides.append(text)
            else:
                values = _enumerated(override, options)
                if isinstance(values, Problem):
                    problems.append(values)
                    continue
                overrides.append(text)
                swept[override.get_key_element()] = values
                counts[override.get_key_element()] = _count(override, values)
        if problems:
            raise ConfigError(problems)
        return cls(tuple(hydra), tuple(overrides), swept, counts)

    def refuse_more_than(self, most: int) -> None:
        """Raise `UnetgenError` where the grid has more points than that; none is made for counting them."""
        total = math.prod(self.counts.values())
        if total > most:
            said = ", ".join(f"{key} {_told(count)}" for key, count in self.counts.items() if count > 1)
            way_out = f", or say --max-points {total}" if total < _COUNTLESS else ""
            raise UnetgenError(
                f"{_told(total)} points are more than {most:,}, none was made ({said}); "
                f"sweep fewer values{way_out}"
            )

    def point(self, chosen: Iterable[str]) -> tuple[str, ...]:
        """All overrides of the point that a sweeper gave as its ``key=value``, in the order of the space."""
        values = {text.partition("=")[0]: text for text in chosen}
        point = []
        for text in self.overrides:
            key = text.partition("=")[0]
            if key not in self.swept:
                point.append(text)
            elif key in values:
                point.append(values.pop(key))
        return (*point, *values.values())


def _told(count: int) -> str:
    return f"{count:,}" if count < _COUNTLESS else "billions of"


def _unfit(override: Any, keys: Mapping[str, int]) -> Problem | None:
    key = override.key_or_group.replace("/", ".")
    if key == "hydra" or any(f"{key}.".startswith(f"{folder}.") for folder in OWN_FOLDERS):
        message = "the files of a sweep are in the folder of --out, and nowhere else"
        return Problem(message, where=overriding.origin(override.input_line), hint="say --out DIR")
    if not override.is_sweep_override():
        return None
    where = overriding.origin(override.input_line)
    if keys[override.input_line.partition("=")[0]] > 1:
        hint = "keep one of the two"
        return Problem("gives several values, and its field is given twice", where=where, hint=hint)
    if override.is_delete():
        return Problem("a deletion takes no choice of values", where=where)
    if getattr(override._value, "step", 1) == 0:
        return Problem("a range takes a step other than 0", where=where)
    if overriding.is_hydra(override):
        return Problem("`hydra` settings are the same for the whole sweep, they take one value", where=where)
    return None


def _count(override: Any, values: str) -> int:
    """How many values a swept override has; 1 for an interval, which only a search takes."""
    from hydra.core.override_parser.types import ChoiceSweep, Glob, RangeSweep

    value = override._value
    if isinstance(value, Glob):
        return values.count(",") + 1
    if isinstance(value, ChoiceSweep):
        return len(value.list)
    if not isinstance(value, RangeSweep):
        return 1
    start, stop, step = value.start, value.stop, value.step
    assert start is not None and stop is not None
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
        return max(0, -((start - stop) // step))
    steps = (stop - start) / step
    return max(0, math.ceil(steps)) if math.isfinite(steps) else sys.maxsize


def _enumerated(override: Any, options: GroupOptions) -> str | Problem:
    """The override as a sweeper takes it: a glob as the choice of what it matches."""
    from hydra.core.override_parser.types import Glob

    glob = override._value  # Hydra's own sweepers find it nowhere else
    if not isinstance(glob, Glob):
        return str(override.input_line)
    group = override.key_or_group
    where, known = overriding.origin(override.input_line), options(group)
    matched = glob.filter(list(known))
    if not known:
        return Problem("is not a config group, a glob has nothing to choose from", got=group, where=where)
    if not matched:
        hint = f"its options: {', '.join(known)}"
        return Problem(f"matches no option of the group `{group}`", hint=hint, where=where)
    return f"{override.get_key_element()}=choice({','.join(matched)})"
