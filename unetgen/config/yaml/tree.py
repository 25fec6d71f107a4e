"""A YAML file as plain data with a mark for every entry: strict, bounded, and nothing but data.

It refuses and never repairs: what cannot be read at all raises `ConfigError`; a refused entry is left out,
remembered in `Document.dropped`, and reported with all the others. What a config means is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from unetgen.config.yaml.errors import AsWritten, Mark
from unetgen.config.yaml.file import CONTROL, code_of, read_text, refuse_control_characters
from unetgen.config.yaml.nodes import Composer, ListNode, MappingNode, ScalarNode, YamlNode, kind_of_node
from unetgen.config.yaml.scalars import Ambiguity, described, read_scalar
from unetgen.errors import Path, Problem


@dataclass(frozen=True)
class Document:
    """What a YAML file says, and where.

    An entry that was refused is not in `data`. A list with a refused item is left out as a whole, since the
    items after it would change places. Of a key given twice, the first one counts and is not dropped.
    """

    data: dict[str, Any]
    key_marks: dict[Path, Mark]
    """Where each key or list item begins, refused ones included."""
    value_marks: dict[Path, Mark]
    """Where each value begins; ``()`` is the document. An alias stands where it is used, its content where
    the anchor is."""
    problems: tuple[Problem, ...]
    dropped: frozenset[Path]
    """Paths that the file does give but `data` lacks: neither they nor anything below them is missing."""


def read_yaml(
    file: FilePath, shown_as: str | None = None, numbered: frozenset[Path] = frozenset()
) -> Document:
    """Read one file; errors call it `shown_as`. `numbered`: as of `parse_yaml`.

    Raises `ConfigError` where there is no single YAML mapping to read.
    """
    source = shown_as or str(file)
    return parse_yaml(read_text(file, source), source, numbered)


def parse_yaml(text: str, source: str, numbered: frozenset[Path] = frozenset()) -> Document:
    """Read YAML text; errors call it `source`.

    Keys are text. Only the mappings at the paths of `numbered` may have whole numbers; `data` has their digits.

    Raises `ConfigError` where it is not a single YAML mapping within the limits above.

    >>> document = parse_yaml("depth: 2\\nseed: 010\\n", "a.yaml")
    >>> document.data, str(document.value_marks["depth",])
    ({'depth': 2}, 'a.yaml:1:8')
    >>> print(document.problems[0])
    a.yaml:2:7: seed: YAML 1.1 reads this as the integer 8, YAML 1.2 as the integer 10 (got 010); write 8 or 10 (or quote it to mean a string)
    """  # noqa: E501
    refuse_control_characters(text, source)
    composer = Composer(text, source)
    root = composer.document()
    known = {(str(problem.where), problem.message): problem for problem in composer.problems}
    tree = _Tree(known, numbered)
    data = tree.value(root, ())
    return Document(
        data=data if isinstance(data, dict) else {},  # a tagged top level is refused, and so is all below it
        key_marks=tree.key_marks,
        value_marks=tree.value_marks,
        problems=tuple(tree.problems.values()),
        dropped=frozenset(tree.dropped),
    )


@dataclass
class _Tree:
    """Nodes to plain data: every refusal is noted with its path, and reading goes on."""

    problems: dict[
        tuple[str, str], Problem
    ]  # by place and message: an alias does not report its anchor's again
    numbered: frozenset[Path] = frozenset()
    key_marks: dict[Path, Mark] = field(default_factory=dict)
    value_marks: dict[Path, Mark] = field(default_factory=dict)
    dropped: set[Path] = field(default_factory=set)

    def value(self, node: YamlNode, path: Path) -> Any:
        """The node's data, or `_REFUSED`."""
        self.value_marks[path] = node.mark
        if node.tag is not None:
            self._refuse_tag(node, path)
            self._only_check(replace(node, tag=None), path)
            self.dropped.add(path)
            return _REFUSED
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return self._list(node, path) if isinstance(node, ListNode) else self._scalar(node, path)

    def _scalar(self, node: YamlNode, path: Path, hint: str | None = None) -> Any:
        assert isinstance(node, ScalarNode)
        if not node.plain:
            control = CONTROL.search(node.text)
            if control is None:
                return node.text
            message = f"holds the control character {code_of(control[0])}"
            self._note(Problem(message, path, hint="write the text without it"), node)
            return _REFUSED
        reading = read_scalar(node.text)
        if not isinstance(reading, Ambiguity):
            return reading
        self._note(Problem(reading.message, path, AsWritten(node.text), hint or reading.hint), node)
        return _REFUSED

    def _list(self, node: ListNode, path: Path) -> Any:
        items = []
        for place, item in enumerate(node.items):
            self.key_marks[*path, place] = item.mark
            items.append(self.value(item, (*path, place)))
            if items[-1] is _REFUSED:
                self.dropped.add((*path, place))
        return _REFUSED if any(item is _REFUSED for item in items) else items

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, YamlNode] = {}
        lost: set[str] = set()
        for key, value in node.entries:
            name = self._key(key, path)
            if name is None:
                names = _names(key, value)
                lost |= names
                for each in names:
                    self.key_marks.setdefault((*path, each), key.mark)
                self._only_check(value, (*path, key.text) if isinstance(key, ScalarNode) else path)
                continue
            entry = (*path, name)
            if name in first:
                hint = "keep one of the two"
                self._note(Problem(f"given twice, first at {first[name].origin}", entry, hint=hint), key)
                self._only_check(value, entry)
                continue
            first[name] = key
            self.key_marks[entry] = key.mark
            data[name] = self.value(value, entry)
        refused = {name for name, value in data.items() if value is _REFUSED}
        self.dropped.update((*path, name) for name in refused | (lost - first.keys()))
        return {name: value for name, value in data.items() if name not in refused}

    def _key(self, key: YamlNode, path: Path) -> str | None:
        """The key's text, or None where it is refused."""
        if not isinstance(key, ScalarNode):
            self._note(
                Problem(f"a key must be a string, not {kind_of_node(key)}", path, hint="write `name: value`"),
                key,
            )
            return None
        entry = (*path, key.text)
        if key.tag is not None:
            self._refuse_tag(key, entry)
            return None
        if key.plain and key.text == "<<":
            hint = "write the fields out here"
            self._note(
                Problem("a merge key is refused: a config says each field in its place", entry, hint=hint),
                key,
            )
            return None
        hint = "name the field, or quote the key"
        value = self._scalar(key, entry, hint)
        if value is _REFUSED or isinstance(value, str):
            return None if value is _REFUSED else value
        if path in self.numbered and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        message = f"a key must be a string, and YAML reads this one as {described(value)}"
        self._note(Problem(message, entry, AsWritten(key.text) if key.text else ..., hint), key)
        return None

    def _refuse_tag(self, node: YamlNode, path: Path) -> None:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!", 1)
        hint = "quote the value instead" if tag == "!!str" else "remove the tag"
        self._note(Problem("a tag is refused: a config is data", path, AsWritten(tag), hint), node)

    def _only_check(self, node: YamlNode, path: Path) -> None:
        """Note what is wrong within a node that is left out."""
        _Tree(self.problems, self.numbered).value(node, path)

    def _note(self, problem: Problem, node: YamlNode) -> None:
        where = str(node.origin)
        self.problems.setdefault((where, problem.message), replace(problem, where=where))


_REFUSED: Any = object()


def _names(key: YamlNode, value: YamlNode) -> set[str]:
    """The fields that a refused entry would have given: for a merge key also those of what it merges."""
    if not isinstance(key, ScalarNode):
        return set()
    merged = value.items if isinstance(value, ListNode) else (value,)
    entries = [entry for node in merged if isinstance(node, MappingNode) for entry in node.entries]
    return {key.text}.union(*(_names(*entry) for entry in entries)) if key.text == "<<" else {key.text}
