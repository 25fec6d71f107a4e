"""A task of the user's own: ``package.module:function``, found, called and its result made plain.

`look_up` is for a process of its own: what the task's module does when it is imported stays in there.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.errors import Problem, UnetgenError
from unetgen.model.registration import with_keras
from unetgen.plan.graph import Plan
from unetgen.spelling import did_you_mean
from unetgen.sweep.tasks import TASKS
from unetgen.sweep.tasks.modules import contents_of
from unetgen.sweep.tasks.returned import values_of
from unetgen.sweep.values import Parameters, Value

Function = Callable[..., object]
"""Called with a config, its plan, a folder, and the parameters that the sweep sets."""
FORM = "package.module:function"
NO_FILE = "a module is named as in an import, with dots and without .py"


def find(spec: str, parameters: Iterable[str] = ()) -> Function:
    """The function that `spec` names, its module imported from where Python looks.

    Raises `UnetgenError` where the form, the module, an import in it, the function or its parameters are
    wrong; it must take those named in `parameters` beside its three.
    """
    place, colon, name = spec.partition(":")
    if not colon and place.isidentifier():
        hint = f"{did_you_mean(place, TASKS)}; a function of your own is written {FORM}"
        raise _error("there is no such task", spec, hint)
    if not all(part.isidentifier() for part in (*place.split("."), name)):
        raise _error(f"must be {FORM}", spec, NO_FILE if "/" in place or "\\" in place else "")
    module = _imported(place, spec)
    if not hasattr(module, name):
        functions = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise _error(f"{_named(module)} has no function {name}", spec, did_you_mean(name, functions))
    function = getattr(module, name)
    if not callable(function):
        raise _error(
            f"{name} in {_named(module)} is not a function but of type {type(function).__name__}", spec
        )
    _check_parameters(function, name, spec, parameters)
    return function  # type: ignore[no-any-return]


def look_up(request: Mapping[str, Any]) -> dict[str, str]:
    """Find `request["task"]`, and say what it is made of: the contents of its module and of those that this
    imports from the folders in `request["path"]`. Raises `UnetgenError` as `find` does."""
    find(request["task"], request["parameters"])
    return contents_of(request["task"].partition(":")[0], request["path"])


def run(
    function: Function,
    config: UNetConfig,
    plan: Plan,
    workdir: Path,
    parameters: Parameters = MappingProxyType({}),
) -> dict[str, Value]:
    """Call `function`, with `parameters` too; what it returned, as values of a row.

    All randomness is seeded with the config's seed. Keras is not imported for that, but has a fresh and
    seeded session where the function imports it.
    """
    import numpy as np

    random.seed(config.seed)
    np.random.seed(config.seed)
    with_keras(lambda: _seeded_session(config.seed))
    return values_of(function(config, plan, workdir, **parameters))


def _seeded_session(seed: int) -> None:
    from unetgen.model.session import seeded_session

    seeded_session(seed)


def _imported(place: str, spec: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if not f"{place}.".startswith(f"{missing}."):
            raise _failed(place, error, spec) from error
        parent, _, last = missing.rpartition(".")
        hint = NO_FILE if last == "py" else did_you_mean(last, _modules(parent))
        raise _error(f"there is no module {missing}", spec, hint or "is its folder in PYTHONPATH?") from None
    except (Exception, SystemExit) as error:
        raise _failed(place, error, spec) from error


def _modules(package: str) -> Iterable[str]:
    """Names of the modules in a package, or of those that the user has put beside everything installed."""
    if package:
        folders = list(getattr(sys.modules[package], "__path__", ()))
    else:
        folders = [folder for folder in sys.path if not Path(folder).is_relative_to(sys.base_prefix)]
        folders = [folder for folder in folders if "site-packages" not in folder]
    return [module.name for module in pkgutil.iter_modules(folders)]


def _failed(place: str, error: BaseException, spec: str) -> UnetgenError:
    """The error of an import inside the module, with the line that raised it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen") and frame.filename not in (__file__, importlib.__file__)
    ]
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return _error(f"importing {place} failed{where}: {type(error).__name__}: {error}", spec)


def _check_parameters(
    function: Callable[..., object], name: str, spec: str, parameters: Iterable[str]
) -> None:
    if inspect.iscoroutinefunction(function):
        raise _error(f"{name} is async; a task is called and returns its result", spec)
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions written in C have none
        return
    try:
        signature.bind("config", "plan", "workdir", **dict.fromkeys(parameters))
    except TypeError as error:
        given = ", ".join(["config", "plan", "workdir", *(f"{each}=..." for each in parameters)])
        raise _error(f"{name}{signature} cannot be called as {name}({given}): {error}", spec) from None


def _named(module: ModuleType) -> str:
    """The module, with its file: it may be another one than the user means."""
    file = getattr(module, "__file__", None)
    return f"{module.__name__} ({file})" if file else module.__name__


def _error(message: str, spec: str, hint: str = "") -> UnetgenError:
    return UnetgenError(str(Problem(message, ("task",), got=spec, hint=hint or None)))
