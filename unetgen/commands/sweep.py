"""`unetgen sweep`: many configs, checked before launch, run by Hydra's multirun, resumed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.sweep.points.axes_file import Axes
    from unetgen.sweep.running.sweep import Request

HELP = "many configs at once: Hydra multirun, checked before launch, resumed, collected"
EXAMPLE = """\
examples:
  unetgen sweep unet3d_depth2 depth=2,3,4 base_filters=16,32 skip=concat,add --out out/costs
  unetgen sweep a.yaml,b.yaml,unet2d_2015 depth=3,4 --out out/networks
  unetgen sweep my.yaml --axes axes.yaml --out out/axes
  unetgen sweep my.yaml 'up=glob(*)' 'depth=range(2,6)' --max-params 5M --dry-run --out out/ups
  unetgen sweep run.yaml model.depth=3,4 fit.batch_size=2,4 --task train --out out/trained
  unetgen sweep my.yaml depth=2,3 --task build hydra/launcher=joblib hydra.launcher.n_jobs=2 --out out/models
  unetgen sweep my.yaml depth=2,3 --task train:train hydra/launcher=submitit_slurm --out out/trained
  unetgen sweep my.yaml 'depth=range(2,6)' 'base_filters=interval(8,64)' --task train:train \\
      hydra/sweeper=optuna hydra.sweeper.n_trials=30 --objective val_loss --out out/search

tasks:
  cost       what `unetgen show` counts; the check before launch has it, nothing is launched
  build      build and save the Keras model, and check it against the plan
  measure    time and peak memory of an inference and of a training step, on random data
  train      train the network of a run file on its images; overrides are of the run: model.depth=3,4
  M.N:F      F(config, plan, workdir) of your module M.N, which returns a number or a mapping;
             the one thing here that runs code of yours, and only because it is named;
             --set NAME=VALUES gives it further arguments

Every point has a folder of its own in DIR. Give the same command again to go on: points that are
finished are left alone, failed and missing ones run, trained ones go on behind their last whole
epoch. Points whose data or module has changed since are kept as stale, and run anew. `unetgen
collect DIR` makes tables of DIR.
Exit codes: 0 every point is finished, 1 some failed or are missing, 2 bad input, nothing was run.
"""

BATCH = "batch"
"""The option that every task has: memory is counted for so many samples."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_config, add_json, amount, place

    add_config(
        parser,
        "overrides in Hydra's grammar, such as depth=2,3 skip=add; hydra settings too",
        "a .yaml file, the name of a bundled config, or -; several with commas between them are an axis",
    )
    parser.add_argument(
        "--out", type=place, metavar="DIR", required=True, help="the sweep's folder; made if missing"
    )
    parser.add_argument(
        "--axes", metavar="FILE", type=Path, help="a YAML mapping of further axes, such as depth: [3, 4]"
    )
    parser.add_argument("--task", default="cost", help="what is done at each point (cost)")
    running = parser.add_argument_group("running")
    running.add_argument("--dry-run", action="store_true", help="check, print the table, and run nothing")
    running.add_argument(
        "--on-invalid",
        choices=("stop", "skip"),
        default="stop",
        help="a point with a config error stops the sweep before anything runs (stop), or is left out",
    )
    running.add_argument(
        "--timeout",
        type=amount,
        metavar="SECONDS",
        help="end a point's task after so long; it has failed then",
    )
    running.add_argument(
        "--objective",
        metavar="COLUMN",
        action="append",
        default=[],
        help="what a search such as hydra/sweeper=optuna goes by; several for several objectives",
    )
    running.add_argument(
        "--config-dir", metavar="DIR", type=Path, help="folder with options of your own for hydra/launcher"
    )
    _add_budget(parser)
    _add_task_options(parser)
    output = parser.add_argument_group("output")
    add_json(output)
    output.add_argument("-q", "--quiet", action="store_true", help="no progress and no table, only errors")


def _add_task_options(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import positive, whole
    from unetgen.sweep.tasks import TASKS

    tasks = parser.add_argument_group("options of tasks")
    tasks.add_argument(
        "--set",
        dest="parameters",
        metavar="NAME=VALUES",
        action="append",
        default=[],
        help="what a function of yours is called with, as further axes: --set lr=1e-3,1e-4",
    )
    taken = {option.name: option for task in TASKS.values() for option in task.options}
    for option in taken.values():
        number = positive if option.minimum else whole
        tasks.add_argument(
            f"--{option.name}", type=number, metavar="N", help=f"{option.help} ({option.default})"
        )


def _add_budget(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import amount, positive
    from unetgen.sweep.points.space import MAX_POINTS

    budget = parser.add_argument_group(
        "budget", "points over a limit are left out, such as 5e6, 2.5M or 16GiB"
    )
    budget.add_argument("--max-params", type=amount, metavar="N", help="parameters")
    budget.add_argument("--max-macs", type=amount, metavar="N", help="multiply-accumulates of a forward pass")
    budget.add_argument("--max-train-memory", type=amount, metavar="BYTES", help="of a training step")
    budget.add_argument("--max-inference-memory", type=amount, metavar="BYTES", help="of a prediction")
    budget.add_argument(
        "--max-points",
        type=positive,
        default=MAX_POINTS,
        metavar="N",
        help=f"refuse a grid of more points; they are counted before any is made ({MAX_POINTS:,})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import line_width, print_json, say
    from unetgen.sweep.report import closing
    from unetgen.sweep.running.sweep import check, sweep

    request = _request(arguments)
    if arguments.dry_run:
        checked = check(request)
        if arguments.quiet and not arguments.json and not request.skip_invalid:
            checked.refuse_invalid()
        report = closing.of_check(request, checked)
    else:
        report = closing.of_sweep(request, sweep(request))
    if arguments.json:
        print_json(report.data())
    elif not arguments.quiet:
        say(report.text(line_width()))
    return report.exit_code


def _request(arguments: argparse.Namespace) -> Request:
    from unetgen.commands.arguments import is_override, require_overrides
    from unetgen.config.standard_input import require_one_dash
    from unetgen.errors import UnetgenError
    from unetgen.sweep.points.axes_file import Axes, axes_in
    from unetgen.sweep.points.budget import Budget
    from unetgen.sweep.running.sweep import Request
    from unetgen.sweep.tasks import TASKS

    require_one_dash([name.strip() for name in arguments.config.split(",")])
    task = TASKS.get(arguments.task)
    taken = {option.name for option in task.options} if task else set()
    known = {option.name: option for each in TASKS.values() for option in each.options}
    given = {name: value for name in known if (value := getattr(arguments, name)) is not None}
    if task and task.of_runs and BATCH in given:
        raise UnetgenError(f"--{BATCH} is not an option of the task {arguments.task}: say fit.batch_size=N")
    if unused := given.keys() - taken - {BATCH}:
        raise UnetgenError(f"--{min(unused)} is not an option of the task {arguments.task}")
    defaults = {name: known[name].default for name in known if name in {*taken, BATCH}}
    if more := [text for text in arguments.overrides if not is_override(text) and _is_config(text)]:
        raise UnetgenError(f"several configs have commas between them: {','.join([arguments.config, *more])}")
    axes = axes_in(arguments.axes) if arguments.axes else Axes()
    return Request(
        config=arguments.config,
        overrides=_overrides(arguments, axes),
        axes=axes,
        folder=Path(arguments.out),
        task=arguments.task,
        options={**defaults, **given},
        budget=Budget(
            arguments.max_params,
            arguments.max_macs,
            arguments.max_inference_memory,
            arguments.max_train_memory,
        ),
        parameters=require_overrides(arguments.parameters),
        skip_invalid=arguments.on_invalid == "skip",
        objectives=tuple(arguments.objective),
        timeout=arguments.timeout,
        config_dir=arguments.config_dir,
        max_points=arguments.max_points,
        quiet=arguments.quiet or arguments.json,
    )


def _overrides(arguments: argparse.Namespace, axes: Axes) -> tuple[str, ...]:
    """Those of the file of axes, then those of the command line, which say nothing twice."""
    from unetgen.commands.arguments import require_overrides
    from unetgen.errors import UnetgenError

    given = require_overrides(arguments.overrides)
    keys = {text.partition("=")[0].lstrip("+") for text in given}
    if twice := [key for text in axes.overrides if (key := text.partition("=")[0].lstrip("+")) in keys]:
        said = ", ".join(twice)
        raise UnetgenError(f"{arguments.axes}: {said}: is on the command line too; say it in one place")
    return (*axes.overrides, *given)


def _is_config(text: str) -> bool:
    from unetgen.config.bundled import bundled_configs

    return text.endswith((".yaml", ".yml")) or text in bundled_configs()
