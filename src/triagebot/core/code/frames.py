"""How the service and its parsing process talk: a length of four bytes, and as many bytes of JSON."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

HEAD = struct.Struct(">I")
READY = "ready"
"""What the parsing process says first."""


def frame(value: Any) -> bytes:
    """Return `value` as it goes over a stream. Dataclasses are written as lists of their fields."""
    body = json.dumps(value).encode()
    return HEAD.pack(len(body)) + body


def read(stream: BinaryIO) -> Any:
    """Return the next value of `stream`; EOFError at its end."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    return json.loads(stream.read(*HEAD.unpack(head)))
