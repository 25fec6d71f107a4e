"""The command `unetgen`, and ``python -m unetgen``: from its first line on it answers Ctrl-C at once."""

import os
import signal
import sys


def main() -> int:
    """Run the command line; what is slow to import is imported here, once Ctrl-C is answered."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it may be ignored, as under nohup
        signal.signal(signal.SIGINT, _leave)
    from unetgen.cli import main as run

    return run()


def _leave(*_: object) -> None:
    """Nothing has been begun yet, or all is done: there is nothing to put in order."""
    os.write(2, b"interrupted\n")
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
