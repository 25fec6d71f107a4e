"""Optuna's study of a sweep: kept in the sweep's folder, and gone on with where it was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf, open_dict

from unetgen.errors import UnetgenError

STUDY, STORAGE = "sweep", "optuna.db"


def resume(config: DictConfig, settings: Sequence[str], folder: Path) -> int:
    """Make Hydra's settings of Optuna those of a study that goes on, and say how many trials are left.

    What `settings` give stays as it is. Else the study is an SQLite file in `folder`, the sampler is
    seeded, and a failed point is a failed trial that stops nothing. ``n_trials`` counts the finished
    trials of earlier runs too.
    """
    sweeper = config.hydra.sweeper
    given = {setting.lstrip("+").partition("=")[0] for setting in settings}
    with open_dict(config):
        if "hydra.sweeper.storage" not in given:
            folder.mkdir(parents=True, exist_ok=True)
            sweeper.storage = f"sqlite:///{(folder.resolve() / STORAGE).as_posix()}"
        if "hydra.sweeper.study_name" not in given:
            sweeper.study_name = STUDY
        if "hydra.sweeper.max_failure_rate" not in given:
            sweeper.max_failure_rate = 1.0
        finished = _finished(sweeper) if sweeper.storage is not None else 0
        if "seed" in sweeper.sampler and sweeper.sampler.seed is None:
            # Another seed for each run: an equal one would suggest the first trials' values again.
            sweeper.sampler.seed = finished
        sweeper.n_trials = max(0, sweeper.n_trials - finished)
    return int(sweeper.n_trials)


def _finished(sweeper: DictConfig) -> int:
    """How many trials of the stored study have ended; those that an interrupted run left open have not."""
    import optuna

    try:
        study = optuna.create_study(
            study_name=sweeper.study_name,
            storage=sweeper.storage,
            directions=_directions(sweeper.direction),
            load_if_exists=True,
        )
        return sum(trial.state.is_finished() for trial in study.trials)
    except Exception as error:  # whatever the storage's library raises
        raise UnetgenError(f"the study in {sweeper.storage} cannot be used: {error}") from None


def _directions(direction: object) -> list[str]:
    plain = OmegaConf.to_container(direction) if OmegaConf.is_config(direction) else direction
    return [getattr(each, "name", str(each)) for each in (plain if isinstance(plain, list) else [plain])]
