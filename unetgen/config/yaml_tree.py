"""A YAML file as plain data with a mark for every entry: strict, bounded, and nothing but data.

Built on PyYAML's events rather than its constructors, so that tags, anchors, quotes and positions all stay
visible. It refuses and never repairs: what cannot be read at all raises `ConfigError`; a refused entry is
left out, remembered in `Document.dropped`, and reported with all the others. What a config means is not
known here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any, NoReturn

import yaml

from unetgen.config.scalars import Ambiguity, described, read_scalar
from unetgen.config.spelling import nearest
from unetgen.errors import ConfigError, Path, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
"""Collections within collections; the document's own mapping is the first."""
MAX_NODES = 10_000
"""Keys, values and collections, every alias counted as what it stands for."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


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


def read_yaml(file: FilePath, shown_as: str | None = None) -> Document:
    """Read one config file; errors call it `shown_as`.

    Raises `ConfigError` where there is no single YAML mapping to read.
    """
    source = shown_as or str(file)
    return parse_yaml(_decoded(_contents(file, source), source), source)


def parse_yaml(text: str, source: str) -> Document:
    """Read YAML text; errors call it `source`.

    Raises `ConfigError` where it is not a single YAML mapping within the limits above.

    >>> document = parse_yaml("depth: 2\\nseed: 010\\n", "a.yaml")
    >>> document.data, str(document.value_marks["depth",])
    ({'depth': 2}, 'a.yaml:1:8')
    >>> print(document.problems[0])
    a.yaml:2:7: seed: YAML 1.1 reads this as the integer 8, YAML 1.2 as the integer 10 (got 010); write 8 or 10 (or quote it to mean a string)
    """  # noqa: E501
    _refuse_control_characters(text, source)
    composer = _Composer(text, source)
    root = composer.document()
    tree = _Tree({(str(problem.where), problem.message): problem for problem in composer.problems})
    data = tree.value(root, ())
    return Document(
        data=data if isinstance(data, dict) else {},  # a tagged top level is refused, and so is all below it
        key_marks=tree.key_marks,
        value_marks=tree.value_marks,
        problems=tuple(tree.problems.values()),
        dropped=frozenset(tree.dropped),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """One node of the YAML graph. An alias shares its anchor's content: nothing is expanded here."""

    mark: Mark  # where it is used
    origin: Mark  # where it is written: differs from `mark` for an alias
    tag: str | None
    size: int = 1  # nodes, aliases expanded
    height: int = 0  # collections on the longest way down


@dataclass(frozen=True, slots=True)
class _Scalar(_Node):
    text: str = ""
    plain: bool = True


@dataclass(frozen=True, slots=True)
class _List(_Node):
    items: tuple[_Node, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mapping(_Node):
    entries: tuple[tuple[_Node, _Node], ...] = ()


class _Composer:
    """Events to nodes, within the limits."""

    def __init__(self, text: str, source: str) -> None:
        self.problems: list[Problem] = []
        self._text, self._source = text, source
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, _Node | None] = {}  # None while the anchored node is still being read
        self._total = 0

    def document(self) -> _Mapping:
        """The only document's mapping."""
        try:
            return self._document()
        except yaml.YAMLError as error:
            raise ConfigError([_syntax_problem(error, self._text, self._source)]) from None
        except (ValueError, OverflowError) as error:  # PyYAML's own, such as chr() of the escape "\Uffffffff"
            raise ConfigError([Problem(f"not valid YAML: {error}", where=self._source)]) from None

    def _document(self) -> _Mapping:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            what = "holds only comments" if self._text.strip() else "is empty"
            _refuse(what, self._source, hint="a config is a YAML mapping")
        if getattr(start, "version", None) or getattr(start, "tags", None):
            message = "a % directive is refused: a config is data"
            self.problems.append(Problem(message, where=str(self._mark(start)), hint="remove it"))
        root = self._node(next(self._events), 1)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            _refuse("a second document begins here", self._mark(after), hint="one file holds one config")
        if not isinstance(root, _Mapping):
            _refuse(
                f"the top level must be a mapping, not {_kind(root)}",
                root.mark,
                hint="write `key: value` lines",
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> _Node:
        mark = self._mark(event)
        anchor: str | None = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(anchor), mark, depth)
        if anchor is not None:
            if anchor in self._anchors:
                _refuse(
                    "an anchor is given twice", mark, got=f"&{anchor}", hint="give each anchor its own name"
                )
            self._anchors[anchor] = None
        self._count(1, mark)
        node = (
            self._scalar(event, mark)
            if isinstance(event, yaml.ScalarEvent)
            else self._collection(event, mark, depth)
        )
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> _Scalar:
        return _Scalar(mark, mark, event.tag, text=event.value, plain=event.implicit[0])

    def _collection(self, event: yaml.Event, mark: Mark, depth: int) -> _Node:
        self._check_depth(depth, mark)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        children: list[_Node] = []
        for child in self._events:
            if isinstance(child, yaml.CollectionEndEvent):
                break
            children.append(self._node(child, depth + 1))
        tag: str | None = getattr(event, "tag", None)
        size = 1 + sum(child.size for child in children)
        height = 1 + max((child.height for child in children), default=0)
        if is_list:
            return _List(mark, mark, tag, size, height, tuple(children))
        return _Mapping(mark, mark, tag, size, height, tuple(zip(children[::2], children[1::2], strict=True)))

    def _alias(self, anchor: str, mark: Mark, depth: int) -> _Node:
        if anchor not in self._anchors:
            close = nearest(anchor, self._anchors)
            hint = (
                f"did you mean `*{close}`?"
                if close
                else f"define it before with &{anchor}, or quote the text"
            )
            _refuse("an alias without its anchor", mark, got=f"*{anchor}", hint=hint)
        node = self._anchors[anchor]
        if node is None:
            _refuse(
                "an alias that stands inside its own anchor",
                mark,
                got=f"*{anchor}",
                hint="write the content out",
            )
        self._count(node.size, mark)
        self._check_depth(depth - 1 + node.height, mark)
        return replace(node, mark=mark)

    def _count(self, size: int, mark: Mark) -> None:
        self._total += size
        if self._total > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, counting every alias as what it stands for"
            _refuse(message, mark, got=f"at least {self._total:,}", hint="a config is far smaller")

    def _check_depth(self, depth: int, mark: Mark) -> None:
        if depth > MAX_DEPTH:
            _refuse(f"nested deeper than {MAX_DEPTH} levels", mark, hint="a config is far flatter")

    def _mark(self, event: yaml.Event) -> Mark:
        start = event.start_mark
        assert start is not None  # only events that are made for writing have none
        return Mark(self._source, start.line + 1, start.column + 1)


@dataclass
class _Tree:
    """Nodes to plain data: every refusal is noted with its path, and reading goes on."""

    problems: dict[
        tuple[str, str], Problem
    ]  # by place and message: an alias does not report its anchor's again
    key_marks: dict[Path, Mark] = field(default_factory=dict)
    value_marks: dict[Path, Mark] = field(default_factory=dict)
    dropped: set[Path] = field(default_factory=set)

    def value(self, node: _Node, path: Path) -> Any:
        """The node's data, or `_REFUSED`."""
        self.value_marks[path] = node.mark
        if node.tag is not None:
            self._refuse_tag(node, path)
            self._only_check(replace(node, tag=None), path)
            self.dropped.add(path)
            return _REFUSED
        if isinstance(node, _Mapping):
            return self._mapping(node, path)
        return self._list(node, path) if isinstance(node, _List) else self._scalar(node, path)

    def _scalar(self, node: _Node, path: Path, hint: str | None = None) -> Any:
        assert isinstance(node, _Scalar)
        if not node.plain:
            control = _CONTROL.search(node.text)
            if control is None:
                return node.text
            message = f"holds the control character {_code(control[0])}"
            self._note(Problem(message, path, hint="write the text without it"), node)
            return _REFUSED
        reading = read_scalar(node.text)
        if not isinstance(reading, Ambiguity):
            return reading
        self._note(Problem(reading.message, path, _AsWritten(node.text), hint or reading.hint), node)
        return _REFUSED

    def _list(self, node: _List, path: Path) -> Any:
        items = []
        for place, item in enumerate(node.items):
            self.key_marks[*path, place] = item.mark
            items.append(self.value(item, (*path, place)))
            if items[-1] is _REFUSED:
                self.dropped.add((*path, place))
        return _REFUSED if any(item is _REFUSED for item in items) else items

    def _mapping(self, node: _Mapping, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, _Node] = {}
        lost: set[str] = set()
        for key, value in node.entries:
            name = self._key(key, path)
            if name is None:
                names = _names(key, value)
                lost |= names
                for each in names:
                    self.key_marks.setdefault((*path, each), key.mark)
                self._only_check(value, (*path, key.text) if isinstance(key, _Scalar) else path)
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

    def _key(self, key: _Node, path: Path) -> str | None:
        """The key's text, or None where it is refused."""
        if not isinstance(key, _Scalar):
            self._note(
                Problem(f"a key must be a string, not {_kind(key)}", path, hint="write `name: value`"), key
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
        message = f"a key must be a string, and YAML reads this one as {described(value)}"
        self._note(Problem(message, entry, _AsWritten(key.text) if key.text else ..., hint), key)
        return None

    def _refuse_tag(self, node: _Node, path: Path) -> None:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!", 1)
        hint = "quote the value instead" if tag == "!!str" else "remove the tag"
        self._note(Problem("a tag is refused: a config is data", path, _AsWritten(tag), hint), node)

    def _only_check(self, node: _Node, path: Path) -> None:
        """Note what is wrong within a node that is left out."""
        _Tree(self.problems).value(node, path)

    def _note(self, problem: Problem, node: _Node) -> None:
        where = str(node.origin)
        self.problems.setdefault((where, problem.message), replace(problem, where=where))


class _AsWritten(str):
    """Text that an error shows as the file has it, without Python's quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_REFUSED: Any = object()


def _names(key: _Node, value: _Node) -> set[str]:
    """The fields that a refused entry would have given: for a merge key also those of what it merges."""
    if not isinstance(key, _Scalar):
        return set()
    merged = value.items if isinstance(value, _List) else (value,)
    entries = [entry for node in merged if isinstance(node, _Mapping) for entry in node.entries]
    return {key.text}.union(*(_names(*entry) for entry in entries)) if key.text == "<<" else {key.text}


def _kind(node: _Node) -> str:
    if isinstance(node, _List):
        return "a list"
    if isinstance(node, _Mapping):
        return "a mapping"
    reading = read_scalar(node.text) if isinstance(node, _Scalar) and node.plain else ""
    return "a string" if isinstance(reading, Ambiguity) else described(reading)


def _refuse(message: str, where: object, *, got: str | None = None, hint: str | None = None) -> NoReturn:
    raise ConfigError([Problem(message, (), ... if got is None else _AsWritten(got), hint, str(where))])


# --- files ----------------------------------------------------------------------------------------


def _contents(file: FilePath, source: str) -> bytes:
    try:
        if file.is_dir():
            _refuse("is a folder, not a config file", source, hint="name one of its .yaml files")
        if not file.exists():
            _refuse("no such file", source, hint=_sibling(file))
        if file.suffix == ".yml":
            hint = f"rename it to {file.stem}.yaml, which Hydra silently prefers if both exist"
            _refuse("must end in .yaml", source, got=".yml", hint=hint)
        if file.suffix != ".yaml":
            _refuse("must end in .yaml", source, got=file.suffix or "no suffix", hint="is it a config?")
        if not file.is_file():
            _refuse("is not a regular file", source)
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except PermissionError:
        _refuse("permission denied", source, hint="make it readable")
    except OSError as error:
        _refuse(f"cannot be read: {error.strerror}", source)
    if len(raw) > MAX_BYTES:
        _refuse(f"is larger than {MAX_BYTES // 1024} KiB", source, hint="a config is far smaller")
    return raw


def _sibling(file: FilePath) -> str | None:
    if not file.parent.is_dir():
        return f"its folder {file.parent} does not exist"
    stems = sorted(path.stem for path in file.parent.iterdir() if path.suffix == ".yaml")
    stem = nearest(file.name.removesuffix(".yaml").removesuffix(".yml"), stems)
    return f"did you mean {file.parent / f'{stem}.yaml'}?" if stem is not None else None


_BYTE_ORDER_MARKS = {  # UTF-32 first: its mark begins with the one of UTF-16
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def _decoded(raw: bytes, source: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            _refuse("is not UTF-8", source, got=encoding, hint="save it as UTF-8")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        got = f"the byte 0x{error.object[error.start]:02x}"
        _refuse("is not UTF-8", _mark_at(before, len(before), source), got=got, hint="save it as UTF-8")


# What YAML does not admit, and what YAML 1.1 takes for a line break and YAML 1.2 does not. As alternatives,
# because one class over so wide a range takes 7 ms to compile.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]|\ufeff|[\ufffe\uffff]"
)


def _refuse_control_characters(text: str, source: str) -> None:
    control = _CONTROL.search(text)
    if control is not None:
        message = f"holds the control character {_code(control[0])}"
        hint = "is it a text file? Save it as plain UTF-8 text"
        _refuse(message, _mark_at(text, control.start(), source), hint=hint)


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _mark_at(text: str, index: int, source: str) -> Mark:
    return Mark(source, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


# --- syntax errors --------------------------------------------------------------------------------

_SYNTAX: Mapping[str, tuple[str, str]] = {
    "mapping values are not allowed": (
        "a second `: ` where only a value can stand",
        "check the indentation, and quote text that contains `: `",
    ),
    "',' or ']'": ("this list is not closed, or lacks a comma", "write it as [a, b]"),
    "',' or '}'": ("this mapping is not closed, or lacks a comma", "write it as {a: 1, b: 2}"),
    "unexpected end of stream": ("this quoted text is not closed", "add the closing quote"),
    "unexpected document": ("this quoted text is not closed", "add the closing quote"),
    "could not find expected ':'": (
        "a key without its colon",
        "write `key: value`, with a space after the colon",
    ),
    "escape": ("an unknown escape within double quotes", "double the backslash, or use single quotes"),
    "tag handle": ("a tag that nothing declares", "remove the tag: a config is data"),
    "incompatible YAML": ("a % directive is refused: a config is data", "remove it"),
    "<document start>": ("text after the end of the document", "one file holds one config"),
    "node content": ("a value is missing here, or a bracket is not opened", "write the value, or null"),
    "alphabetic or numeric": ("`&` or `*` without a name", "quote text that begins with `&` or `*`"),
    "expected key": ("this does not fit the lines before it", "check the indentation and the quotes"),
    "'-' indicator": ("this does not fit the lines before it", "check the indentation and the quotes"),
    "<block end>": ("this does not fit the lines before it", "check the indentation and the quotes"),
}
"""What PyYAML says (libyaml's words and those of its pure Python parser), in the reader's words."""

_OPENERS = ("flow sequence", "flow mapping", "quoted scalar")


def _syntax_problem(error: yaml.YAMLError, text: str, source: str) -> Problem:
    said = str(getattr(error, "problem", None) or error).splitlines()[0]
    mark, context_mark = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    character = text[mark.index : mark.index + 1] if mark else ""
    message, hint = next((row for needle, row in _SYNTAX.items() if needle in said), (said, None))
    if "cannot start any token" in said:
        message, hint = f"a value cannot begin with `{character}`", "quote it"
        if character == "\t":
            message, hint = "a tab cannot indent", "indent with spaces"
    context = str(getattr(error, "context", None))
    if context_mark and any(opener in context for opener in _OPENERS):
        message += f" (it begins at {context_mark.line + 1}:{context_mark.column + 1})"
    where = Mark(source, mark.line + 1, mark.column + 1) if mark else source
    return Problem(f"not valid YAML: {message}", hint=hint, where=str(where))
