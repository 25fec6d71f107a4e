"""References such as ``${base_filters}`` inside a config: OmegaConf's notation for other fields of it.

``${a.b}`` counts from the top, ``${.b}`` from the mapping that holds the reference, ``${..b}`` from the one
around that; ``\\${`` is not a reference. Nothing is run: resolvers such as ``${oc.env:HOME}`` are refused.
"""

from __future__ import annotations

import re
from typing import Any

from unetgen.config.renamed import new_path
from unetgen.config.source import Source, value_at
from unetgen.config.yaml.nodes import MAX_DEPTH, MAX_NODES
from unetgen.errors import Path, Problem, Wrong
from unetgen.spelling import nearest

_REFERENCE = re.compile(r"(\\*)\$\{([^{}]*)\}")
_NAMES = re.compile(r"(\.*)((?:[\w$-]+|\[[\w$-]+\])(?:\.[\w$-]+|\[[\w$-]+\])*)", re.ASCII)


def resolve(source: Source, apart: str | None = None) -> None:
    """Replace the references in `source` by what they name; one that names nothing becomes a problem.

    What stands under the key `apart` is left as it is; references to it are followed.
    """
    texts = [(path, text) for path, text in _texts(source.data, ()) if path[0] != apart]
    if not texts:
        return
    resolver = _Resolver(source.data)
    settled: list[tuple[Path, Any]] = []
    failed: list[Problem] = []
    for path, text in texts:
        try:
            settled.append((path, resolver.settle(text, path)))
        except Wrong as wrong:
            (problem,) = wrong.problems
            failed.append(Problem(problem.message, path, text, problem.hint, source.where(path)))
    for problem in failed:  # only now, so that what refers to them is told the same
        source.drop(problem.path, problem)
    for path, value in settled:
        holder = value_at(source.data, path[:-1])
        if holder is not ...:  # its list was left out
            holder[path[-1]] = value


class _Resolver:
    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._open: list[Path] = []  # references that are being followed
        self._nodes = 0

    def settle(self, value: Any, path: Path) -> Any:
        """`value`, which stands under `path`, without references."""
        self._nodes += 1 + (len(value) // 100 if isinstance(value, str) else 0)
        if self._nodes > MAX_NODES:
            raise Wrong.of(f"more than {MAX_NODES:,} values, counting every reference as what it stands for")
        if isinstance(value, dict):
            return {key: self.settle(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.settle(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        return self._follow(value, path)

    def _follow(self, text: str, path: Path) -> Any:
        self._enter(path)
        try:
            whole = _REFERENCE.fullmatch(text)
            if whole and not whole[1]:
                target = self._locate(whole[2], path)
                return self.settle(value_at(self._data, target), target)
            return self._within_text(text, path)
        finally:
            self._open.pop()

    def _enter(self, place: Path) -> None:
        if place in self._open:
            raise Wrong.of("refers to itself", hint="write the value in one of the places")
        if len(self._open) >= MAX_DEPTH:
            raise Wrong.of(f"refers through more than {MAX_DEPTH} others")
        self._open.append(place)

    def _within_text(self, text: str, path: Path) -> str:
        out, end = "", 0
        for match in _REFERENCE.finditer(text):
            out += _literal(text[end : match.start()]) + "\\" * (len(match[1]) // 2)
            end = match.end()
            if len(match[1]) % 2:
                out += f"${{{match[2]}}}"
                continue
            target = self._locate(match[2], path)
            value = self.settle(value_at(self._data, target), target)
            if isinstance(value, dict | list):
                raise Wrong.of("a mapping or a list cannot stand within text")
            out += str(value)
        return out + _literal(text[end:])

    def _locate(self, reference: str, path: Path) -> Path:
        """The place that a reference at `path` names, through other references on the way."""
        if ":" in reference:
            hint = "write the value itself, or ${field}"
            raise Wrong.of("only references to other fields are resolved, nothing is run", hint=hint)
        parsed = _NAMES.fullmatch(reference.strip())
        if parsed is None:
            raise Wrong.of("a reference that cannot be read", hint="write ${field} or ${section.field}")
        up, names = len(parsed[1]), re.findall(r"[\w$-]+", parsed[2])
        if up > len(path):
            raise Wrong.of("refers to what is above the top of the config")
        place = path[: len(path) - up] if up else ()
        for name in names:
            place = self._step(place, name)
        return place

    def _step(self, place: Path, name: str) -> Path:
        holder = value_at(self._data, place)
        if isinstance(holder, str) and (whole := _REFERENCE.fullmatch(holder)) and not whole[1]:
            self._enter(place)
            try:
                place = self._locate(whole[2], place)
                return self._step(place, name)
            finally:
                self._open.pop()
        key = int(name) if isinstance(holder, list) and name.isdecimal() else name
        if value_at(holder, (key,)) is ...:
            key = new_path((*place, key))[-1]
        if value_at(holder, (key,)) is ...:
            near = nearest(name, holder) if isinstance(holder, dict) else None
            within = f" in {'.'.join(map(str, place))}" if place else ""
            hint = f"did you mean `{near}`?" if near else "a field at its default has to be written out first"
            raise Wrong.of(f"refers to `{name}`, which is not{within or ' there'}", hint=hint)
        return (*place, key)


def _literal(text: str) -> str:
    """Text between references as it is; an opened reference in it would be silently left as text."""
    if re.search(r"(?<!\\)(?:\\\\)*\$\{", text):
        raise Wrong.of("a reference that cannot be read", hint="write ${field} or ${section.field}")
    return text.replace("\\${", "${")


def _texts(data: Any, path: Path) -> list[tuple[Path, str]]:
    if isinstance(data, str):
        return [(path, data)] if "${" in data else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [pair for key, item in items for pair in _texts(item, (*path, key))]
