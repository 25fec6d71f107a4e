"""Many configs at once: checked before launch, run by Hydra's launchers, resumed, collected as one table."""
