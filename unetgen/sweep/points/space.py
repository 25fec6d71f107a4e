"""The space of a sweep: what its command line says, split into Hydra's settings and the points' overrides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from unetgen.config.composing import overrides as overriding
from unetgen.errors import ConfigError, Problem

GroupOptions = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Space:
    """`overrides` as given, in their order; `swept` are those with several values, by key."""

    hydra: tuple[str, ...]
    overrides: tuple[str, ...]
    swept: dict[str, str]

    @classmethod
    def of(cls, texts: Iterable[str], options: GroupOptions) -> Space:
        """The space that `texts` span; `options` are the names in a config group, for globs.

        Raises `ConfigError` with everything that cannot be used.
        """
        hydra, overrides, swept = [], [], {}
        problems: list[Problem] = []
        for text in texts:
            override = overriding.read(text)
            problem = override if isinstance(override, Problem) else _unfit(override)
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
        if problems:
            raise ConfigError(problems)
        return cls(tuple(hydra), tuple(overrides), swept)

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


def _unfit(override: Any) -> Problem | None:
    if not override.is_sweep_override():
        return None
    where = overriding.origin(override.input_line)
    if override.is_delete():
        return Problem("a deletion takes no choice of values", where=where)
    if overriding.is_hydra(override):
        return Problem("`hydra` settings are the same for the whole sweep, they take one value", where=where)
    return None


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
