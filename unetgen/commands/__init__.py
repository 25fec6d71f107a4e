"""The commands, one file each: `add_arguments(parser)` and `run(arguments) -> exit code`.

A command's imports stand inside its `run`, so that no command pays for another.
"""
