"""The table of tasks: what each takes is what it says, and nothing heavy is imported before one runs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from unetgen.errors import UnetgenError
from unetgen.sweep.tasks import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_a_task_takes_its_options_by_name(name: str) -> None:
    task = TASKS[name]
    parameters = list(inspect.signature(task.load()).parameters.values())
    first = ["run", "workdir", "contents"] if task.of_runs else ["config", "plan", "workdir"]
    assert [parameter.name for parameter in parameters[:3]] == first
    assert {p.name: p.default for p in parameters[3:]} == {o.name: o.default for o in task.options}
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in parameters[3:])
    for option in task.options:
        option.check(option.default)
        for wrong in (option.minimum - 1, 1.5, True, "1"):
            with pytest.raises(UnetgenError, match=f"{option.name}: must be a whole number from"):
                option.check(wrong)


def test_importing_the_table_and_the_task_measure_is_cheap() -> None:
    code = "import unetgen.sweep.tasks as tasks, sys; print(*sys.modules)\n"
    code += "tasks.TASKS['measure'].load(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    table, measure = ({name.split(".")[0] for name in line.split()} for line in done.stdout.splitlines())
    assert not table & {"keras", "tensorflow", "numpy", "pydantic", "yaml", "hydra"}
    assert not measure & {"keras", "tensorflow", "numpy"}
