"""The finished points of a folder: a sweep that is resumed need not plan and cost them again.

What a point's file says of its cost is taken only where this version of unetgen has written it.
"""

from __future__ import annotations

from collections.abc import Mapping

from unetgen import __version__
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.records import Point


class Finished:
    """Those of `folder`; none where another version of unetgen has run in it."""

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder
        about = folder.about()
        self.any = about is not None and set(map(_version_of, about["runs"])) == {__version__}
        """Whether it is worth asking."""

    def at(self, digest: str) -> Point | None:
        """The point with this digest, if it is there, can be read and has a good result."""
        folder = self._folder.at(digest)
        if not self.any or not folder.exists():
            return None
        point, result = folder.point(), folder.result()
        return point if result is not None and result.status == "ok" and not point.fault else None


def _version_of(run: Mapping[str, object]) -> object:
    """What ``sweep.json`` says, which may have been edited."""
    said = run.get("volatile")
    version = said.get("unetgen") if isinstance(said, dict) else None
    return version if isinstance(version, str) else None
