"""What a table of names says of each: where it lives, and its options with type, default and range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from unetgen.parts.choice import Names

REQUIRED = ...
"""The default of an option that has none."""


@dataclass(frozen=True, eq=False)
class Option:
    """One argument of a Keras object: what it takes, its default and its range."""

    type: Literal["float", "int", "bool", "str", "floats", "ints", "strs"]
    default: object
    about: str
    low: float | None = None  # inclusive
    above: float | None = None  # exclusive
    high: float | None = None  # inclusive
    below: float | None = None  # exclusive
    choices: tuple[str, ...] = ()
    optional: bool = False  # null is a value of its own
    nested: Family | None = None  # an object of this family will do as well

    def __call__(self, default: object) -> Option:
        """The same option with another default."""
        return replace(self, default=default)


@dataclass(frozen=True, eq=False)
class KerasObject:
    """A public Keras class or function, and the options that a config may set."""

    target: str
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Family:
    """Objects of one sort. A config gives the name bare, or as `kind` of a mapping with options."""

    noun: str
    objects: Mapping[str, KerasObject]
    not_offered: Mapping[str, str] = field(default_factory=dict)  # public in Keras, but not here: why

    @property
    def names(self) -> Names:
        """The objects' names."""
        return Names(self.noun, self.objects, self.not_offered)

    def nested(self, option: str) -> Family | None:
        """The family whose objects an option of these objects takes, if any."""
        options = (entry.options.get(option) for entry in self.objects.values())
        return next((taken.nested for taken in options if taken), None)


def family(
    noun: str,
    module: str,
    objects: Mapping[str, tuple[str, Mapping[str, Option]]],
    not_offered: Mapping[str, str] | None = None,
) -> Family:
    """The family of `objects`: name -> its name in the Keras module `module`, and its options."""
    entries = {
        name: KerasObject(f"{module}.{target}", dict(options)) for name, (target, options) in objects.items()
    }
    return Family(noun, entries, not_offered or {})
