"""A node of a Hydra application's config as plain data, and whatever keeps parts of it from being that.

References to the rest of the application's config are followed, and its own resolvers run: they are its own
code. The environment is not read: a secret in a variable would end up in the files that describe a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from threading import RLock, get_ident
from typing import Any

from omegaconf import DictConfig, ListConfig, Node
from omegaconf.basecontainer import BaseContainer
from omegaconf.errors import OmegaConfBaseException

from unetgen.config.source import Source
from unetgen.config.yaml.nodes import MAX_DEPTH, MAX_NODES
from unetgen.errors import ConfigError, Path, Problem

ENVIRONMENT = "oc.env"
MISSING = "???"
_RESOLVERS = RLock()


def read_node(node: Mapping[Any, Any]) -> Source:
    """The data of `node`, without references, its problems and what they left out noted.

    Raises `ConfigError` where it holds more than any config.
    """
    reader = _Reader()
    with _environment_refused(reader):
        data = reader.mapping(node, ())
    source = Source("", data)
    for path, problem in reader.dropped:
        source.drop(path, problem)
    return source


class _Reader:
    def __init__(self) -> None:
        self.dropped: list[tuple[Path, Problem]] = []
        self.asked_environment = False
        self._values = 0

    def mapping(self, node: Mapping[Any, Any], path: Path) -> dict[str, Any]:
        """The entries of `node`; where one cannot be had, null stands for it and it is noted."""
        data = {}
        for key in node:
            inner = (*path, str(key))
            if isinstance(key, str):
                data[key] = self._item(node, key, inner)
            else:
                hint = "quote it, if it is meant to be the name of a field"
                self._drop(inner, Problem("a key must be text", inner, key, hint))
        return data

    def _item(self, holder: Any, key: Any, path: Path) -> Any:
        written = _written(holder, key)
        if isinstance(written, str) and written == MISSING:
            return self._drop(path, Problem("missing", path, hint="the config says `???`: give it a value"))
        self.asked_environment = False
        try:
            value = holder[key] if isinstance(written, str) and "${" in written else written
        except OmegaConfBaseException as error:
            return self._drop(path, self._unresolved(error, written, path))
        return self._plain(value, path)

    def _plain(self, value: Any, path: Path) -> Any:
        self._values += 1
        if self._values > MAX_NODES or len(path) > MAX_DEPTH:
            message = "more values than any config has" if self._values > MAX_NODES else "nested too deeply"
            raise ConfigError([Problem(message, path[:2], hint="does it refer to something around itself?")])
        if isinstance(value, Mapping):
            return self.mapping(value, path)
        if isinstance(value, list | tuple | ListConfig):
            return [self._item(value, index, (*path, index)) for index in range(len(value))]
        return value.name if isinstance(value, Enum) else value

    def _unresolved(self, error: OmegaConfBaseException, written: object, path: Path) -> Problem:
        if self.asked_environment:
            message = "depends on an environment variable, which no model's config may"
            return Problem(message, path, written, hint="write the value itself")
        return Problem(f"cannot be resolved: {reason(error)}", path, written)

    def _drop(self, path: Path, problem: Problem) -> None:
        self.dropped.append((path, problem))


def reason(error: OmegaConfBaseException) -> str:
    """What OmegaConf says, without the lines on its own classes."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _written(holder: Any, key: Any) -> Any:
    """What stands in the config, a reference as its text."""
    if not isinstance(holder, DictConfig | ListConfig):
        return holder[key]
    node = holder._get_node(key)
    text = node._value() if isinstance(node, Node) else None
    return text if isinstance(text, str) else holder[key]


@contextmanager
def _environment_refused(reader: _Reader) -> Iterator[None]:
    """Let OmegaConf's resolver of environment variables fail in this thread, however it is reached."""
    here = get_ident()
    with _RESOLVERS:
        registered = BaseContainer._resolvers.get(ENVIRONMENT)

        def refuse(*arguments: Any) -> Any:
            if get_ident() != here and registered is not None:
                return registered(*arguments)
            reader.asked_environment = True
            raise PermissionError("environment variables are refused")

        if registered is None:
            yield
            return
        BaseContainer._resolvers[ENVIRONMENT] = refuse
        try:
            yield
        finally:
            BaseContainer._resolvers[ENVIRONMENT] = registered
