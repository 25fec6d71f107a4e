"""Does a lock still reproduce? Rebuild what it describes and compare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.execution import as_chosen_then
from unetgen.config.loader import design_from_dict
from unetgen.config.model import digest_of
from unetgen.config.renamed import with_new_names
from unetgen.errors import ConfigError, UnetgenError, shown
from unetgen.files import recover
from unetgen.model.building import build_model
from unetgen.model.lock import SCHEMA_VERSION, Subject, versions
from unetgen.model.saving import MODEL, sha256

if TYPE_CHECKING:
    import keras

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Reproduction:
    """What a check found, one line each: `problems` do not reproduce, `notes` may explain them."""

    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_lock(file: Path, build: bool = True) -> Reproduction:
    """Compare a lock with what today's unetgen makes of its config, and with the files beside it.

    Without `build` the Keras model is left out. Raises `UnetgenError` where `file` is not a lock that this
    version can read.
    """
    recover(file.parent)
    lock = _read(file)
    notes = list(_versions(lock))
    problems = [] if digest_of(lock["config"]) == lock["digest"] else [_edited(lock)]
    try:
        design = design_from_dict(lock["config"])
    except ConfigError as error:
        invalid = [f"config: no longer valid: {problem}" for problem in error.problems]
        return Reproduction((*problems, *invalid, *_files(lock, file.parent).values()), tuple(notes))
    for path, then, now in _differences(lock["config"], design.config.to_dict()):
        if then is ...:  # its default is what builds did before there was such a field
            notes.append(f"config: {path} is a new field, {shown(now)} by default")
        else:
            problems.append(f"config: {path}: the lock has {shown(then)}, now it is {_or_nothing(now)}")
    problems += _of_plan(lock, design)
    files = _files(lock, file.parent)
    if build:
        rebuilt = build_model(_as_built(lock, design))
        files |= _of_model(rebuilt, file.parent / MODEL, files.get(MODEL))
    return Reproduction((*problems, *files.values()), tuple(notes))


def _read(file: Path) -> dict[str, Any]:
    try:
        lock = json.loads(file.read_bytes())
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UnetgenError(f"{file}: is not JSON: {error}") from None
    version = lock.get("schema_version") if isinstance(lock, dict) else None
    if type(version) is int and version > SCHEMA_VERSION:
        raise UnetgenError(
            f"{file}: is a lock of a newer unetgen, with schema version {version}; this one reads up to "
            f"{SCHEMA_VERSION}"
        )
    if type(version) is not int or version < 1 or not _is_lock(lock):
        raise UnetgenError(f"{file}: is not a lock; name the unetgen.lock.json that `unetgen build` wrote")
    return {**lock, "config": with_new_names(lock["config"])}


def _is_lock(lock: Fields) -> bool:
    files = lock.get("files")
    return (
        isinstance(lock.get("config"), dict)
        and isinstance(files, dict)
        and all(name == Path(name).name for name in files)
        and all(key in lock for key in ("fingerprint", "digest", "params"))
    )


def _edited(lock: Fields) -> str:
    return (
        f"digest: the lock has {shown(lock['digest'], 80)}, but its config comes to "
        f"{digest_of(lock['config'])}: the lock was edited"
    )


def _versions(lock: Fields) -> Iterator[str]:
    volatile = lock.get("volatile")
    then = volatile.get("versions") if isinstance(volatile, dict) else None
    for package, was, is_ in _differences(then if isinstance(then, dict) else {}, versions()):
        yield f"{package}: {_or_nothing(was)} then, {_or_nothing(is_)} now"


def _as_built(lock: Fields, design: Design) -> Design:
    """`design` with what the build chose for its device, where it left that open."""
    volatile = lock.get("volatile")
    record = volatile.get("execution") if isinstance(volatile, dict) else None
    execution = as_chosen_then(design.config.execution, record)
    return replace(design, config=design.config.model_copy(update={"execution": execution}))


def _or_nothing(value: object) -> str:
    return "nothing" if value is ... else value if isinstance(value, str) else shown(value)


def _differences(then: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every place where two pieces of plain data differ, with both values; ``...`` where there is none."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            place = f"{path}.{key}" if path else key
            yield from _differences(then.get(key, ...), now.get(key, ...), place)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (before, after) in enumerate(zip(then, now, strict=True)):
            yield from _differences(before, after, f"{path}.{index}")
    elif then != now or isinstance(then, bool) != isinstance(now, bool):
        yield path, then, now


def _of_plan(lock: Fields, design: Design) -> Iterator[str]:
    now = dict(Subject.of(Summary(design)).said)
    del now["digest"]  # the fields that differ are named one by one
    for path, was, is_ in _differences({key: lock.get(key, ...) for key in now}, now):
        yield f"{path}: the lock has {_or_nothing(was)}, now it is {_or_nothing(is_)}"


def _files(lock: Fields, folder: Path) -> dict[str, str]:
    """What is wrong with the files beside the lock, by name."""
    problems = {}
    for name, expected in sorted(lock["files"].items()):
        file = folder / name
        try:
            if not file.is_file():
                problems[name] = f"{name}: is missing"
            elif sha256(file) != expected:
                problems[name] = f"{name}: has changed since the build"
        except OSError as error:
            problems[name] = f"{name}: cannot be read: {error.strerror}"
    return problems


def _of_model(model: keras.Model, file: Path, problem: str | None) -> dict[str, str]:
    """The rebuilt model against the saved one; `problem` is what is known of the file already."""
    if not file.is_file():
        return {}
    from unetgen.model.session import load

    try:
        saved = load(file)
    except Exception as error:  # whatever a damaged or foreign file makes Keras raise
        reason = str(error).strip().partition("\n")[0]
        return {MODEL: f"{problem or f'{MODEL}:'} and cannot be loaded: {reason}"}
    other = _other_layers(model, saved)
    differing = [] if other else _other_weights(model, saved)
    if problem is None:
        if other:
            return {MODEL: f"{MODEL}: the rebuilt model is another: {other}"}
        if differing:
            return {
                MODEL: f"{MODEL}: {len(differing)} of {len(model.weights)} initial weights are rebuilt with "
                f"other values, {differing[0]} first"
            }
        return {}
    if other:
        return {MODEL: f"{problem}: another model: {other}"}
    weights = "other weights, as after training" if differing else "the same weights"
    return {MODEL: f"{problem}: the same architecture with {weights}"}


def _other_layers(model: keras.Model, saved: keras.Model) -> str | None:
    """The first thing in which two models' layers differ, seeds of their initial weights included."""
    then, now = (json.loads(each.to_json())["config"] for each in (saved, model))
    for path, was, is_ in _differences(_by_name(then), _by_name(now)):
        return f"{path} is {_or_nothing(was)} in the file, {_or_nothing(is_)} rebuilt"
    return None


def _by_name(config: dict[str, Any]) -> dict[str, Any]:
    """A model's config with its layers by name, so that a layer more is one difference."""
    layers = config.get("layers", [])
    return {**config, "layers": {layer["name"]: layer for layer in layers}}


def _other_weights(model: keras.Model, saved: keras.Model) -> list[str]:
    return [
        mine.path
        for mine, a, b in zip(model.weights, model.get_weights(), saved.get_weights(), strict=True)
        if a.shape != b.shape or a.tobytes() != b.tobytes()
    ]
