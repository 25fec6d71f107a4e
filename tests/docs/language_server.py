"""A client of the YAML language server: what an editor asks of it, over its own protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path("yaml-language-server/bin/yaml-language-server")
"""The server's program in a folder of npm's packages."""


def server_command(checkout: Path) -> list[str]:
    """How the server starts; raises `LookupError` with what is missing.

    `YAML_LANGUAGE_SERVER` names the program outright. Otherwise it is looked for among the packages of the
    checkout and among npm's global ones.
    """
    node = shutil.which("node")
    if node is None:
        raise LookupError("Node.js is not installed")
    if named := os.environ.get("YAML_LANGUAGE_SERVER"):
        return [node, named, "--stdio"]
    folders = [checkout / "node_modules"]
    if npm := shutil.which("npm"):
        answer = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    for folder in folders:
        if (folder / SCRIPT).is_file():
            return [node, str(folder / SCRIPT), "--stdio"]
    raise LookupError("yaml-language-server is not installed: npm install --no-save yaml-language-server")


class LanguageServer:
    """A running server, in which every question opens a document of its own."""

    def __init__(self, command: list[str], folder: Path, schema: Path) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._folder = folder
        self._settings = {
            "schemas": {schema.as_uri(): "*.yaml"},
            "schemaStore": {"enable": False},
            "hover": True,
            "completion": True,
            "validate": True,
        }
        self._count = self._opened = 0
        abilities = {
            "textDocument": {"hover": {"contentFormat": ["markdown"]}},
            "workspace": {"configuration": True},
        }
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": abilities})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": self._settings}})
        while self._answered(self._receive()) != "workspace/configuration":
            pass

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()

    def hover_at(self, text: str, offset: int) -> str:
        """What hovering the word at `offset` of the document `text` says, without Markdown's escapes."""
        answer = self._at("textDocument/hover", text, offset + 1)
        return str(answer["contents"]["value"]).replace("\\", "") if answer else ""

    def completions_at(self, text: str, offset: int) -> list[str]:
        """The labels that are offered at `offset` of the document `text`."""
        return [item["label"] for item in self._at("textDocument/completion", text, offset)["items"]]

    def problems(self, text: str) -> list[str]:
        """The messages at the document `text`."""
        uri = self._open(text)
        while True:
            message = self._receive()
            self._answered(message)
            parameters = message.get("params")
            if message.get("method") == "textDocument/publishDiagnostics" and parameters["uri"] == uri:
                return [problem["message"] for problem in parameters["diagnostics"]]

    def _open(self, text: str) -> str:
        """The URI of a new document `text`."""
        self._opened += 1
        uri = (self._folder / f"net{self._opened}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _at(self, method: str, text: str, offset: int) -> Any:
        uri = self._open(text)
        line, column = text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        return self._ask(method, place)

    def _ask(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """The result of a request; the server's own requests in between are answered."""
        self._count += 1
        self._send({"id": self._count, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if not self._answered(message) and message.get("id") == self._count:
                assert "error" not in message, message["error"]
                return message["result"]

    def _answered(self, message: Mapping[str, Any]) -> str | None:
        """The method of a request of the server's own, which is answered; None for any other message."""
        if "method" not in message or "id" not in message:
            return None
        result = None
        if message["method"] == "workspace/configuration":
            sections = [item.get("section") for item in message["params"]["items"]]
            result = [self._settings if section == "yaml" else {} for section in sections]
        self._send({"id": message["id"], "result": result})
        return str(message["method"])

    def _tell(self, method: str, parameters: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server ended"
        return json.loads(self._process.stdout.read(length))


def served(folder: Path, schema: Path) -> Iterator[LanguageServer]:
    """A server for documents in `folder`, held against `schema`; skips where there is none."""
    try:
        command = server_command(Path(__file__).parents[2])
    except LookupError as missing:
        pytest.skip(str(missing))
    running = LanguageServer(command, folder, schema)
    yield running
    running.close()
