"""YAML events to nodes, within limits on nesting and on what aliases expand to.

Built on PyYAML's events rather than its constructors, so that tags, anchors, quotes and positions all stay
visible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml

from unetgen.config.yaml.errors import Mark, refuse, syntax_problem
from unetgen.config.yaml.scalars import Ambiguity, described, read_scalar
from unetgen.errors import ConfigError, Problem
from unetgen.spelling import nearest

MAX_DEPTH = 32
"""Collections within collections; the document's own mapping is the first."""
MAX_NODES = 10_000
"""Keys, values and collections, every alias counted as what it stands for."""

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class YamlNode:
    """One node of the YAML graph. An alias shares its anchor's content: nothing is expanded here."""

    mark: Mark  # where it is used
    origin: Mark  # where it is written: differs from `mark` for an alias
    tag: str | None
    size: int = 1  # nodes, aliases expanded
    height: int = 0  # collections on the longest way down


@dataclass(frozen=True, slots=True)
class ScalarNode(YamlNode):
    """Text, plain or quoted."""

    text: str = ""
    plain: bool = True


@dataclass(frozen=True, slots=True)
class ListNode(YamlNode):
    """A sequence."""

    items: tuple[YamlNode, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingNode(YamlNode):
    """A mapping, its entries in order, keys given twice included."""

    entries: tuple[tuple[YamlNode, YamlNode], ...] = ()


class Composer:
    """Events to nodes, within the limits."""

    def __init__(self, text: str, source: str) -> None:
        self.problems: list[Problem] = []
        self._text, self._source = text, source
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=LOADER)
        self._anchors: dict[str, YamlNode | None] = {}  # None while the anchored node is still being read
        self._total = 0

    def document(self) -> MappingNode:
        """The only document's mapping."""
        try:
            return self._document()
        except yaml.YAMLError as error:
            raise ConfigError([syntax_problem(error, self._text, self._source)]) from None
        except (ValueError, OverflowError) as error:  # PyYAML's own, such as chr() of the escape "\Uffffffff"
            raise ConfigError([Problem(f"not valid YAML: {error}", where=self._source)]) from None

    def _document(self) -> MappingNode:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            what = "holds only comments" if self._text.strip() else "is empty"
            refuse(what, self._source, hint="a config is a YAML mapping")
        if getattr(start, "version", None) or getattr(start, "tags", None):
            message = "a % directive is refused: a config is data"
            self.problems.append(Problem(message, where=str(self._mark(start)), hint="remove it"))
        root = self._node(next(self._events), 1)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            refuse("a second document begins here", self._mark(after), hint="one file holds one config")
        if not isinstance(root, MappingNode):
            refuse(
                f"the top level must be a mapping, not {kind_of_node(root)}",
                root.mark,
                hint="write `key: value` lines",
            )
        return root

    def _node(self, event: yaml.Event, depth: int) -> YamlNode:
        mark = self._mark(event)
        anchor: str | None = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(anchor), mark, depth)
        if anchor is not None:
            if anchor in self._anchors:
                refuse(
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

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> ScalarNode:
        return ScalarNode(mark, mark, event.tag, text=event.value, plain=event.implicit[0])

    def _collection(self, event: yaml.Event, mark: Mark, depth: int) -> YamlNode:
        self._check_depth(depth, mark)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        children: list[YamlNode] = []
        for child in self._events:
            if isinstance(child, yaml.CollectionEndEvent):
                break
            children.append(self._node(child, depth + 1))
        tag: str | None = getattr(event, "tag", None)
        size = 1 + sum(child.size for child in children)
        height = 1 + max((child.height for child in children), default=0)
        if is_list:
            return ListNode(mark, mark, tag, size, height, tuple(children))
        return MappingNode(
            mark, mark, tag, size, height, tuple(zip(children[::2], children[1::2], strict=True))
        )

    def _alias(self, anchor: str, mark: Mark, depth: int) -> YamlNode:
        if anchor not in self._anchors:
            close = nearest(anchor, self._anchors)
            hint = (
                f"did you mean `*{close}`?"
                if close
                else f"define it before with &{anchor}, or quote the text"
            )
            refuse("an alias without its anchor", mark, got=f"*{anchor}", hint=hint)
        node = self._anchors[anchor]
        if node is None:
            refuse(
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
            refuse(message, mark, got=f"at least {self._total:,}", hint="a config is far smaller")

    def _check_depth(self, depth: int, mark: Mark) -> None:
        if depth > MAX_DEPTH:
            refuse(f"nested deeper than {MAX_DEPTH} levels", mark, hint="a config is far flatter")

    def _mark(self, event: yaml.Event) -> Mark:
        start = event.start_mark
        assert start is not None  # only events that are made for writing have none
        return Mark(self._source, start.line + 1, start.column + 1)


def kind_of_node(node: YamlNode) -> str:
    """What a node is, in words."""
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    reading = read_scalar(node.text) if isinstance(node, ScalarNode) and node.plain else ""
    return "a string" if isinstance(reading, Ambiguity) else described(reading)
