"""A shell in a terminal of its own, typed into as a person would."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType

import pytest

CONTROLS = re.compile(r"\x1b\[[\d;?]*[ -/]*[@-~]|\x1b[=>()][\w]?|\x1b\][^\x07]*\x07|[\x00\x07\x08\r]")
PATIENCE = 20.0
"""Seconds until a shell that does not answer is a failure."""
SHOW_LINE = "\x07"
"""Ctrl-G, bound below to what prints the line and empties it."""
SETTINGS = {
    "bash": (
        ["--norc"],
        "PS1='>'; PS2=; bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'; "
        "bind 'set page-completions off'; "
        'bind -x \'"\\C-g": printf "LINE<%s>\\n" "$READLINE_LINE"; READLINE_LINE=\'',
    ),
    "zsh": (
        ["-f"],
        "PS1='>'; unsetopt zle_bracketed_paste list_beep; setopt no_always_last_prompt; LISTMAX=9999; "
        "_show() { zle -I; print -r -- \"LINE<$BUFFER>\"; BUFFER= }; zle -N _show; bindkey '^G' _show",
    ),
}


def require(shell: str) -> str:
    """The program of `shell`; the test is skipped where it is not installed."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    return program


WITHOUT_FILES = {"bash": ":", "zsh": "autoload -Uz compinit && compinit -D -u"}
"""What completion needs in a shell that has read no files of its user's."""


class Shell:
    """An interactive one; `folder` is where it stands, and `home` whose files it reads, none by default."""

    def __init__(self, shell: str, folder: Path, home: Path | None = None) -> None:
        program = require(shell)
        options, settings = SETTINGS[shell]
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
            kept |= {"HOME": str(home)} if home else {}
            started = [shell, "-i"] if home else [shell, *options, "-i"]
            os.execve(program, started, {**kept, "TERM": "dumb", "LC_ALL": "C.UTF-8"})
        self.run(settings if home else f"{settings}; {WITHOUT_FILES[shell]}")

    def __enter__(self) -> Shell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def run(self, command: str) -> str:
        """What the terminal shows while a command runs, to its end."""
        self._type(f" {command}; echo DONE''HERE\n")
        return self._until("DONEHERE\n")

    def completed(self, typed: str) -> tuple[str, str]:
        """The line after `typed` and the tabulator, and all that the terminal showed; the line is dropped."""
        self._type(f"{typed}\t{SHOW_LINE}")
        shown = self._until(r"LINE<[^\n]*>\n")
        line = re.findall(r"LINE<([^\n]*)>\n", shown)[-1]
        return line, shown

    def _type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _until(self, pattern: str) -> str:
        shown, end = b"", time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self._terminal], [], [], 0.1)[0]:
                shown += os.read(self._terminal, 1 << 16)
                text = CONTROLS.sub("", shown.decode("utf-8", "replace"))
                if re.search(pattern, text):
                    return text
        raise AssertionError(f"waited in vain for {pattern!r}; the terminal shows:\n{shown!r}")
