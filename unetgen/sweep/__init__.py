"""Many configs at once: checked before launch, run by Hydra's launchers, resumed, collected as one table.

`points` are the configs of a sweep, checked and costed; `running` brings their `tasks` to machines, each task
in a `process` of its own; `folder` is what is left on the disk; `results` are tables of it, and `report` what
is told at the end and as a page.
"""
