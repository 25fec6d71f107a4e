"""A user's task: found with precise errors, called in a session of its own, its result made plain."""

from __future__ import annotations

import enum
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

import unetgen
from unetgen.errors import UnetgenError
from unetgen.sweep.running.job import check_apart
from unetgen.sweep.tasks import user
from unetgen.sweep.tasks.errors import TaskError
from unetgen.sweep.tasks.returned import values_of

MODULE = """
import helpers
from pathlib import Path

LIMIT = 3.0

def train(config, plan, workdir): return plan.params
def any_arguments(*arguments, seed=0): return 0
def two(config, plan): return 0
def four(config, plan, workdir, data): return 0
def by_name(*, config, plan, workdir): return 0
async def later(config, plan, workdir): return 0

class Class:
    def __init__(self, config, plan, workdir): pass
    def method(self, config, plan, workdir): return 1

callable_object = Class(0, 0, 0).method
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes modules where they are found first; forgets them afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(**texts: str) -> None:
        for name, text in texts.items():
            file = tmp_path / (name.replace("__", "/") + ".py")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        for name in [name for name in sys.modules if name.partition(".")[0] in known]:
            monkeypatch.delitem(sys.modules, name)

    known = {"my_tasks", "helpers", "package"}
    write(my_tasks=MODULE, helpers="")
    return write


def error_of(spec: str) -> str:
    with pytest.raises(UnetgenError) as caught:
        user.find(spec)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["train", "any_arguments", "Class", "callable_object"])
def test_whatever_takes_three_arguments_is_found(modules: Callable[..., None], name: str) -> None:
    assert callable(user.find(f"my_tasks:{name}"))


def test_a_module_in_a_package_is_found(modules: Callable[..., None]) -> None:
    modules(package__inner="def run(config, plan, workdir): return 1")
    assert user.find("package.inner:run")(None, None, None) == 1


@pytest.mark.parametrize(
    "spec", ["", ":", "my_tasks:", ":train", "my-tasks:train", "my_tasks:a:b", "a..b:c", ".a:b"]
)
def test_another_form_is_refused(spec: str) -> None:
    assert error_of(spec) == f"task: must be package.module:function (got {spec!r})"


@pytest.mark.parametrize("spec", ["my_tasks.py:train", "code/my_tasks.py:train", "code\\my_tasks:train"])
def test_a_file_is_met_with_how_a_module_is_named(modules: Callable[..., None], spec: str) -> None:
    assert error_of(spec).endswith("; a module is named as in an import, with dots and without .py")


def test_a_misspelt_task_is_met_with_its_name() -> None:
    assert error_of("meassure") == (
        "task: there is no such task (got 'meassure'); did you mean `measure`?; "
        "a function of your own is written package.module:function"
    )


def test_a_missing_module_is_told_from_a_missing_import_in_it(
    modules: Callable[..., None], tmp_path: Path
) -> None:
    assert error_of("my_task:train") == (
        "task: there is no module my_task (got 'my_task:train'); did you mean `my_tasks`?"
    )
    assert error_of("unheard_of_module:train").startswith("task: there is no module unheard_of_module (got ")
    modules(package__inner="", package____init__="")
    assert error_of("package.iner:run") == (
        "task: there is no module package.iner (got 'package.iner:run'); did you mean `inner`?"
    )
    assert error_of("pakage.inner:run").startswith("task: there is no module pakage (got ")
    assert error_of("my_tasks.inner:run").startswith("task: there is no module my_tasks.inner (got ")
    modules(helpers="\n\nimport unheard_of_module\n")
    assert error_of("my_tasks:train") == (
        f"task: importing my_tasks failed at {tmp_path / 'helpers.py'}:3: ModuleNotFoundError: "
        "No module named 'unheard_of_module' (got 'my_tasks:train')"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from pathlib import Pth", "{file}:1: ImportError: cannot import name 'Pth' from 'pathlib'"),
        ("x = 1 / 0", "{file}:1: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "{file}:1: SystemExit: 3"),
    ],
)
def test_a_module_that_fails_is_named_with_the_line(
    modules: Callable[..., None], tmp_path: Path, text: str, message: str
) -> None:
    modules(my_tasks=text)
    wanted = f"task: importing my_tasks failed at {message.format(file=tmp_path / 'my_tasks.py')}"
    assert error_of("my_tasks:train").startswith(wanted)


def test_a_module_that_is_no_python_is_named_with_the_line(modules: Callable[..., None]) -> None:
    modules(my_tasks="def train(:\n")
    assert error_of("my_tasks:train").startswith(
        "task: importing my_tasks failed: SyntaxError: invalid syntax"
    )
    assert "(my_tasks.py, line 1)" in error_of("my_tasks:train")


def test_a_missing_function_is_met_with_the_nearest(modules: Callable[..., None], tmp_path: Path) -> None:
    assert error_of("my_tasks:trian") == (
        f"task: my_tasks ({tmp_path / 'my_tasks.py'}) has no function trian (got 'my_tasks:trian'); "
        "did you mean `train`?"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("LIMIT", "LIMIT in my_tasks ({file}) is not a function but of type float"),
        (
            "two",
            "two(config, plan) cannot be called as two(config, plan, workdir): too many positional arguments",
        ),
        (
            "four",
            "four(config, plan, workdir, data) cannot be called as four(config, plan, workdir): "
            "missing a required argument: 'data'",
        ),
        (
            "by_name",
            "by_name(*, config, plan, workdir) cannot be called as by_name(config, plan, workdir): "
            "too many positional arguments",
        ),
        ("later", "later is async; a task is called and returns its result"),
    ],
)
def test_what_cannot_be_called_with_three_arguments_is_refused(
    modules: Callable[..., None], tmp_path: Path, name: str, message: str
) -> None:
    wanted = message.format(file=tmp_path / "my_tasks.py")
    assert error_of(f"my_tasks:{name}") == f"task: {wanted} (got 'my_tasks:{name}')"


def test_looking_up_in_a_process_of_its_own_says_the_error_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = "import os, sys\nprint('hello', file=sys.stderr)\n"
    (tmp_path / "noisy.py").write_text(f"{noise}def train(c, p, w): pass\n")
    (tmp_path / "gone.py").write_text("import os\nos._exit(0)\n")
    path = (str(tmp_path),)
    check_apart("noisy:train", path)
    with pytest.raises(UnetgenError) as caught:
        check_apart("noisy:trian", path)
    assert str(caught.value) == (
        f"task: noisy ({tmp_path / 'noisy.py'}) has no function trian (got 'noisy:trian'); "
        "did you mean `train`?"
    )
    ended = "cannot be looked up: its process ended with exit code 0 and no result"
    with pytest.raises(UnetgenError, match=rf"^--task gone:train: {ended}$"):
        check_apart("gone:train", path)
    assert capfd.readouterr() == ("", "")
    assert "noisy" not in sys.modules


def test_the_function_gets_its_arguments_in_a_seeded_session(tmp_path: Path) -> None:
    config = unetgen.load("quickstart2d", ["seed=5"])
    plan = unetgen.plan(config)
    drawn, names = [], []

    def task(*arguments: Any) -> float:
        assert arguments == (config, plan, tmp_path)
        names.append(keras.layers.Dense(1).name)
        drawn.append((np.random.random(), float(keras.random.uniform(()))))
        return drawn[-1][1]

    first, second = user.run(task, config, plan, tmp_path), user.run(task, config, plan, tmp_path)
    assert first == second == {"value": drawn[0][1]}
    assert drawn[0] == drawn[1]
    assert names == ["dense", "dense"]


LAZY = """
import sys, unetgen
from unetgen.sweep.running.job import check_apart
from unetgen.sweep.tasks import user
config = unetgen.load("quickstart2d", ["seed=5"])

def without(config, plan, workdir):
    return float("keras" in sys.modules or "tensorflow" in sys.modules)

def lazy(config, plan, workdir):
    import keras
    return float(keras.random.uniform(()))

print(user.run(without, config, None, None), user.run(lazy, config, None, None))
"""


def test_keras_is_not_imported_for_a_task_without_it_and_seeded_where_it_is_imported_late() -> None:
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)
    config = unetgen.load("quickstart2d", ["seed=5"])
    here = user.run(lambda *_: float(keras.random.uniform(())), config, None, None)  # type: ignore[arg-type]
    assert done.stdout.splitlines()[-1] == f"{{'value': 0.0}} {here}"


class Grade(str, enum.Enum):  # noqa: UP042  (the older form, whose str() is another)
    GOOD = "good"


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        (1.5, 1.5),
        (3, 3),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.int64(7), 7),
        (np.array(2.5), 2.5),
        (math.inf, math.inf),
        (keras.ops.convert_to_tensor(0.25), 0.25),
        (keras.Variable(0.75), 0.75),
    ],
)
def test_a_number_is_the_value(returned: object, value: float) -> None:
    (name, found), = values_of(returned).items()  # fmt: skip
    assert (name, found, type(found)) == ("value", value, type(value))


def test_a_dict_is_made_flat_and_plain() -> None:
    returned = {
        "loss": np.float32(0.5),
        "val": {"dice": np.float64(0.25), "of": {"class_1": keras.ops.convert_to_tensor(2), "none": None}},
        "curve": [np.float32(1), (2, 3.5), []],
        "better": np.bool_(True),
        "note": "stopped early",
        "grade": Grade.GOOD,
        "np_text": np.str_("text"),
        "inf": -math.inf,
        "empty": {},
        "half": keras.ops.cast(1.5, "bfloat16"),
    }
    values = values_of(returned)
    assert values == {
        "loss": 0.5, "val.dice": 0.25, "val.of.class_1": 2, "val.of.none": None, "curve": [1.0, [2, 3.5], []],
        "better": True, "note": "stopped early", "grade": "good", "np_text": "text", "inf": -math.inf,
        "half": 1.5,
    }  # fmt: skip
    assert {type(value) for value in values.values()} == {float, int, bool, str, list, type(None)}
    assert json.loads(json.dumps(values)) == values
    assert math.isnan(values_of({"loss": np.float32("nan")})["loss"])  # type: ignore[arg-type]


def test_a_history_counts_as_its_last_epoch() -> None:
    history = keras.callbacks.History()
    history.history = {"loss": [2.0, 1.0], "val_loss": [3.0, np.float32(2.5)], "skipped": []}
    assert values_of(history) == {"loss": 1.0, "val_loss": 2.5}
    assert values_of({"fit": history, "epochs": 2}) == {"fit.loss": 1.0, "fit.val_loss": 2.5, "epochs": 2}


ALLOWED = "numbers, texts, booleans, None, lists of these, and dicts of them with text keys"
NO_RESULT = "; it must return a number, or a dict of " + ALLOWED


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "the task returned None" + NO_RESULT),
        ("0.5", "the task returned a str" + NO_RESULT),
        ([1.0], "the task returned a list" + NO_RESULT),
        (np.zeros(3), "the task returned a numpy.ndarray of shape (3,)" + NO_RESULT),
        (
            {"val": {"curve": np.zeros((2, 3))}},
            "the task returned a numpy.ndarray of shape (2, 3) as 'val.curve'; allowed are "
            + ALLOWED + "; .tolist() makes it a list",
        ),
        ({"file": Path("a")}, "the task returned a pathlib.PosixPath as 'file'; allowed are " + ALLOWED),
        ({"a": [1, {"b": 2}]}, "the task returned a dict as 'a.1'; allowed are " + ALLOWED),
        ({"a": 1j}, "the task returned a complex as 'a'; allowed are " + ALLOWED),
        ({"a": np.complex64(1)}, "the task returned a numpy.complex64 as 'a'; allowed are "
         + ALLOWED + "; .tolist() makes it a list"),
        ({1: 2}, "the task returned a dict with the key 1; keys must be texts"),
        ({"a": {None: 2}}, "the task returned a dict with the key None in 'a'; keys must be texts"),
        ({"a": {"b": 1}, "a.b": 2}, "the task returned 'a.b' twice: once nested, once with a dot in its key"),
    ],
)  # fmt: skip
def test_anything_else_is_named_with_its_key_and_type(returned: object, message: str) -> None:
    with pytest.raises(TaskError) as caught:
        values_of(returned)
    assert str(caught.value) == message


def test_what_a_module_raises_when_it_is_looked_at_is_the_reason(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("def __getattr__(name): raise KeyError('no ' + name)\n")
    with pytest.raises(UnetgenError, match=r"^--task odd:train: cannot be looked up: KeyError: 'no train'$"):
        check_apart("odd:train", (str(tmp_path),))
