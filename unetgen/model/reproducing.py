"""Does a lock still reproduce? Rebuild what it describes and compare."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unetgen.analysis.summary import Summary
from unetgen.config.bundled import find
from unetgen.config.design import Design
from unetgen.config.execution import as_chosen_then
from unetgen.config.loader import design_from_dict
from unetgen.config.standard_input import DASH
from unetgen.errors import ConfigError, UnetgenError, shown
from unetgen.files import recover
from unetgen.model.against import changes, changes_of_source
from unetgen.model.building import build_model
from unetgen.model.lock import Subject, versions
from unetgen.model.lock_file import Fields, read_lock
from unetgen.model.read_files import changed_files, with_weights
from unetgen.model.running import LARGEST_DIFFERENCE, disagreement, give_random_weights
from unetgen.model.saving import MODEL, sha256
from unetgen.parts.announced import packages_in

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Reproduction:
    """What a check found, one line each: `problems` do not reproduce, `notes` may explain them."""

    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_lock(
    file: Path,
    build: bool = True,
    against: str | os.PathLike[str] | None = None,
    data: Path | None = None,
) -> Reproduction:
    """Compare a lock with what today's unetgen makes of its config, and with the files beside it.

    Without `build` the Keras model is left out. `against` is the config that the lock's is compared with,
    with the lock's overrides; by default that which the lock names, where it is still there. `data` is the
    folder of the run file of a training, whose files are compared too. Raises
    `UnetgenError` where `file` is not a lock that this version can read, and where there is no `against`.
    """
    recover(file.parent)
    if against not in (None, DASH) and not find(against)[0].is_file():
        raise UnetgenError(f"{against}: there is no such file to compare with")
    read = read_lock(file)
    lock, problems = read.said, list(read.edits)
    notes = list(_versions(lock))
    wrong_files, missing_model = _files(lock, file.parent)
    notes += missing_model
    changed_data, not_compared = changed_files(lock, file.parent, data)
    problems, notes = [*problems, *changed_data], [*notes, *not_compared]
    try:
        design = design_from_dict(lock["config"])
    except ConfigError as error:
        invalid = [f"config: no longer valid: {problem}" for problem in error.problems]
        return Reproduction((*problems, *invalid, *wrong_files.values()), tuple(notes))
    for path, then, now in _differences(lock["config"], design.config.to_dict()):
        if then is ...:  # its default is what builds did before there was such a field
            notes.append(f"config: {path} is a new field, {shown(now)} by default")
        else:
            problems.append(f"config: {path}: the lock has {shown(then)}, now it is {_or_nothing(now)}")
    problems += _of_plan(lock, design)
    if against is None:
        changed, unsure = changes_of_source(
            _volatile(lock).get("source"), lock["overrides"], file.parent, design
        )
    else:
        changed, unsure = changes(design, against, lock["overrides"]), ()
    problems, notes = [*problems, *changed], [*notes, *unsure]
    design, wrong_weights, unknown_weights = with_weights(lock, file.parent, design)
    problems, notes = [*problems, *wrong_weights], [*notes, *unknown_weights]
    if build:
        rebuilt = build_model(_as_built(lock, design))
        is_trained = "run" in lock or bool(wrong_weights or unknown_weights)
        wrong_files |= _of_model(rebuilt, file.parent / MODEL, wrong_files.get(MODEL), is_trained)
        problems += _of_predict(rebuilt, design.config.execution.precision)
    return Reproduction((*problems, *wrong_files.values()), tuple(notes))


def _versions(lock: Fields) -> Iterator[str]:
    then, now = _volatile(lock).get("versions"), versions(packages_in(lock["config"]))
    for package, was, is_ in _differences(then if isinstance(then, dict) else {}, now):
        yield f"{package}: {_or_nothing(was)} then, {_or_nothing(is_)} now"


def _volatile(lock: Fields) -> Fields:
    volatile = lock.get("volatile")
    return volatile if isinstance(volatile, dict) else {}


def _as_built(lock: Fields, design: Design) -> Design:
    """`design` with what the build chose for its device, where it left that open."""
    execution = as_chosen_then(design.config.execution, _volatile(lock).get("execution"))
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


def _files(lock: Fields, folder: Path) -> tuple[dict[str, str], list[str]]:
    """What is wrong with the files beside the lock, by name; and a note where the model is not there.

    Models are large and often kept apart: without its file all but the weights can be compared.
    """
    problems, notes = {}, []
    for name, expected in sorted(lock["files"].items()):
        file = folder / name
        try:
            if name == MODEL and not file.exists():
                notes.append(f"{name}: is not here, so that its weights were not compared")
            elif not file.is_file():
                problems[name] = f"{name}: is missing"
            elif sha256(file) != expected:
                problems[name] = f"{name}: has changed since the build"
        except OSError as error:
            problems[name] = f"{name}: cannot be read: {error.strerror}"
    return problems, notes


def _of_model(model: keras.Model, file: Path, problem: str | None, is_trained: bool) -> dict[str, str]:
    """The rebuilt model against the saved one; `problem` is what is known of the file already.

    Where the lock is of a trained model, its weights are those of the file, whose checksum the lock has.
    """
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
        if differing and not is_trained:
            return {
                MODEL: f"{MODEL}: {len(differing)} of {len(model.weights)} initial weights are rebuilt with "
                f"other values, {differing[0]} first"
            }
        return {}
    if other:
        return {MODEL: f"{problem}: another model: {other}"}
    weights = "other weights, as after training" if differing else "the same weights"
    return {MODEL: f"{problem}: the same architecture with {weights}"}


def _of_predict(model: keras.Model, precision: str) -> Iterator[str]:
    """Where `predict` gives something else than the layers do: with random weights, as new ones hide it."""
    give_random_weights(model)
    difference = disagreement(model)
    if not difference <= LARGEST_DIFFERENCE.get(precision, max(LARGEST_DIFFERENCE.values())):
        yield (
            f"predict: differs from the layers, called one by one, by {difference:.1e} of the largest "
            "output: the backend compiles this model wrongly"
        )


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
