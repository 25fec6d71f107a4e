"""What the locks of a sweep's points are of, kept small: a sweep of 10,000 points has 10,000 configs."""

from __future__ import annotations

import json
import zlib

from unetgen.config.model import UNetConfig
from unetgen.model.lock import Subject


class Subjects:
    """Subjects by the digests of their points, packed: a config takes 8 KiB as it is, and 0.3 KiB here.

    What is taken out is equal to what was put in.
    """

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self._first = b""
        """The text that the others are packed by: configs of one sweep have most of their text in common."""

    def __setitem__(self, digest: str, subject: Subject) -> None:
        text = json.dumps([subject.config.to_dict(), subject.said], ensure_ascii=False).encode()
        self._first = self._first or text
        packing = zlib.compressobj(1, zdict=self._first)
        self._packed[digest] = packing.compress(text) + packing.flush()

    def __getitem__(self, digest: str) -> Subject:
        text = zlib.decompressobj(zdict=self._first).decompress(self._packed[digest])
        config, said = json.loads(text)
        return Subject(UNetConfig.model_validate(config), said)

    def __contains__(self, digest: object) -> bool:
        return digest in self._packed

    def __len__(self) -> int:
        return len(self._packed)
