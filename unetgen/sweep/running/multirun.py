"""Hydra's multirun around a sweep: its settings composed, its sweeper and its launcher made.

Hydra composes its own settings only, from the command line. The points' overrides go through its sweeper
as they are, and a job is told one thing: which point it is. So a config's YAML never meets Hydra's loader.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from hydra import compose, initialize, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.errors import HydraException, MissingConfigException
from hydra.experimental.callback import Callback
from hydra.types import HydraContext
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from unetgen.errors import UnetgenError
from unetgen.shell import install
from unetgen.sweep.running.job import Job

if TYPE_CHECKING:
    from hydra.core.config_loader import ConfigLoader
    from hydra.plugins.launcher import Launcher

CONFIG_NAME = "unetgen_sweep"
CHECKED_LAUNCHER = "hydra_plugins.unetgen.launcher.CheckedLauncher"
EXTRAS = {
    "hydra/launcher/joblib": "joblib",
    "hydra/launcher/submitit_local": "submitit",
    "hydra/launcher/submitit_slurm": "submitit",
    "hydra/launcher/ray": "ray",
    "hydra/launcher/ray_aws": "ray",
    "hydra/sweeper/optuna": "optuna",
}
"""The extra of unetgen that installs a launcher or a sweeper."""

REFUSALS: tuple[type[Exception], ...] = (HydraException, OmegaConfBaseException)
MAKING = (ImportError, RuntimeError, TypeError, ValueError)
"""What making a plugin may raise besides Hydra's own errors."""
Started = AbstractContextManager[None]
Launch = Callable[[Sequence[Sequence[str]], int], Sequence[JobReturn]]


class Multirun:
    """Hydra, set up for one sweep."""

    def __init__(self, config: DictConfig, context: HydraContext) -> None:
        self.config = config
        self._context = context

    @property
    def is_optuna(self) -> bool:
        """Whether the points are chosen while the sweep runs, by results."""
        return str(self.config.hydra.sweeper["_target_"]).startswith("hydra_plugins.hydra_optuna_sweeper.")

    @property
    def is_basic(self) -> bool:
        """Whether Hydra's own sweeper runs, which does every point of a grid."""
        return str(self.config.hydra.sweeper["_target_"]).endswith(".BasicSweeper")

    def launcher(self, job: Job) -> Launcher:
        """The launcher that the user chose, for `job`."""
        config = self.config.copy()
        if str(config.hydra.launcher["_target_"]).startswith("hydra_plugins.hydra_ray_launcher."):
            _settle_ray(config)
        with _as_errors(also=MAKING):
            return Plugins.instance().instantiate_launcher(
                config=config, hydra_context=self._context, task_function=job
            )

    def points(self, swept: Sequence[str]) -> list[Sequence[str]]:
        """All that a sweeper that asks for no results chooses; nothing is launched or written."""
        points: list[Sequence[str]] = []

        def note(batch: Sequence[Sequence[str]], _: int) -> Sequence[JobReturn]:
            points.extend(batch)
            return []

        with TemporaryDirectory() as nowhere:
            self.sweep(swept, note, Path(nowhere))
        return points

    def sweep(self, swept: Sequence[str], launch: Launch, folder: Path | None = None) -> None:
        """Let the sweeper choose points, in Hydra's grammar; `launch` is given its batches.

        The sweeper's own files go into the sweep's folder, or into another `folder`.
        """
        config = self.config.copy()
        with open_dict(config):
            config.hydra.launcher = {"_target_": CHECKED_LAUNCHER}
            if folder is not None:
                config.hydra.sweep.dir = str(folder)
        loader = cast("ConfigLoader", _EveryPointIsLegal(self._context.config_loader))
        with _as_errors(also=MAKING):
            sweeper = Plugins.instance().instantiate_sweeper(
                config=config,
                hydra_context=HydraContext(config_loader=loader, callbacks=self._context.callbacks),
                task_function=_Sweep(launch),
            )
        with _as_errors():
            sweeper.sweep(arguments=list(swept))


class _EveryPointIsLegal:
    """Hydra's loader for the sweeper, to which every point is legal: it is the sweep that checks them."""

    def __init__(self, loader: ConfigLoader) -> None:
        self._loader = loader

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        return master_config

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Sweep:
    """What the checked launcher finds where Hydra expects a task function."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch

    def __call__(self, _: DictConfig) -> None:
        raise TypeError("a sweep is not a task")


@contextmanager
def multirun(folder: Path, settings: Sequence[str], config_dir: Path | None = None) -> Iterator[Multirun]:
    """Hydra with `settings`, writing into `folder`; its global state is as it was afterwards.

    `config_dir` may hold options of the user's own for ``hydra/launcher`` and ``hydra/sweeper``. Raises
    `UnetgenError` where the settings cannot be composed.
    """
    base = VersionBase.instance()
    before = base.version_base
    _store(folder)
    try:
        with _initialized(config_dir):
            with _as_errors(settings):
                config = compose(CONFIG_NAME, list(settings), return_hydra_config=True)
            _quiet(config)
            loader = GlobalHydra.instance().config_loader()
            # A callback that does nothing has all that launchers call.
            nobody: Any = Callback()
            yield Multirun(config, HydraContext(config_loader=loader, callbacks=nobody))
    finally:
        base.version_base = before


def _initialized(config_dir: Path | None) -> Started:
    if config_dir is None:
        return cast("Started", initialize(None, job_name="unetgen", version_base=None))
    if not config_dir.is_dir():
        raise UnetgenError(f"{config_dir}: is not a folder; it is to hold options of hydra/launcher and such")
    folder = str(config_dir.resolve())
    return cast("Started", initialize_config_dir(folder, job_name="unetgen", version_base=None))


def _store(folder: Path) -> None:
    """The primary config. In Hydra's store it travels with each job, whatever the job's machine can see."""
    quiet = [{"override hydra/hydra_logging": "none"}, {"override hydra/job_logging": "none"}, "_self_"]
    place = str(folder.resolve()).replace("\\", "/").replace("${", "\\${")
    hydra = {
        "run": {"dir": place},
        "sweep": {"dir": place, "subdir": "${point}"},
        "output_subdir": None,
    }
    ConfigStore.instance().store(CONFIG_NAME, {"defaults": quiet, "point": "???", "hydra": hydra})


def _settle_ray(config: DictConfig) -> None:
    """Let Ray send no statistics, and a cluster that is there keep the memory it has."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    init = OmegaConf.select(config, "hydra.launcher.ray.init")
    if init is not None and init.get("address") is not None:
        with open_dict(init):
            init.setdefault("object_store_memory", None)


def _quiet(config: DictConfig) -> None:
    """Leave the reporting to the sweep."""
    logging.getLogger("hydra").setLevel(logging.WARNING)
    if "optuna" in str(OmegaConf.select(config, "hydra.sweeper._target_")):
        import optuna

        optuna.logging.set_verbosity(logging.WARNING)


@contextmanager
def _as_errors(settings: Sequence[str] = (), also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """What Hydra and its plugins refuse, as a `UnetgenError` with what to do."""
    try:
        yield
    except MissingConfigException as error:
        raise UnetgenError(_missing(str(error.missing_cfg_file))) from None
    except REFUSALS + also as error:
        said = " ".join(line.strip() for line in str(error).strip().splitlines()[:2])
        given = f" (given: {' '.join(settings)})" if settings else ""
        raise UnetgenError(f"Hydra refuses: {said or type(error).__name__}{given}") from None


def _missing(option: str) -> str:
    group, _, name = option.rpartition("/")
    if extra := EXTRAS.get(option):
        return f"{group}={name} is not installed; {install(f'unetgen[{extra}]')}"
    known = GlobalHydra.instance().config_loader().get_group_options(group)
    hint = f"; one of: {', '.join(sorted(known))}" if known else ""
    return f"{group}={name}: no such option{hint}"
