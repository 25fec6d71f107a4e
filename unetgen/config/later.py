"""Fields that came after the first digests.

At their default they are not in a digest, so that a config that does not say them keeps the digest it had,
and no lock, table or folder of a sweep loses its meaning. A new field whose default is None has its row here.
"""

from __future__ import annotations

from typing import Any

LATER: frozenset[tuple[str, str]] = frozenset(
    {
        ("input", "reference"),
        ("compile", "ignore_class"),
        ("tasks", "ignore_class"),
        ("binary_crossentropy", "positive_weight"),
        ("binary_focal_crossentropy", "positive_weight"),
        ("generalized_dice", "class_weights"),
        ("huber", "class_weights"),
        ("mean_absolute_error", "class_weights"),
        ("mean_squared_error", "class_weights"),
        ("group", "fallback"),
    }
)
"""The kind that has the field, or else the section; and the field."""


def without_later_fields(data: Any, section: str = "") -> Any:
    """A config's plain data without those of `LATER` that are None.

    >>> without_later_fields({"compile": {"ignore_class": None, "jit_compile": "auto"}})
    {'compile': {'jit_compile': 'auto'}}
    """
    if isinstance(data, list):
        return [without_later_fields(item, section) for item in data]
    if not isinstance(data, dict):
        return data
    owner = data.get("kind", section)
    return {
        key: without_later_fields(value, key)
        for key, value in data.items()
        if value is not None or (owner, key) not in LATER
    }
