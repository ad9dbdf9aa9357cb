"""The hidden, signed HTML comment by which we find again what we wrote.

A marker alone proves nothing, since anybody can copy one: callers also check that this App wrote the
text. The signature covers the App, the subject and the slot, so that a marker copied from one of our
comments into another subject, or made up by a model inside a body of ours, does not match.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKER = re.compile(
    r"<!-- triagebot:v1 slot=([A-Za-z0-9:._@-]{1,160}) key=([0-9a-f]{16}) sig=([0-9a-f]{40}) -->"
)


UNDONE = "Undone by "
"""How a text of ours begins once a person took it back."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes and checks markers. `secrets` are the webhook secrets, newest first: the first signs, any verifies."""

    app_id: int
    secrets: Sequence[bytes]

    def make(self, subject_key: str, slot: str) -> str:
        """Return the marker of `slot` on the subject."""
        return f"<!-- triagebot:v1 slot={slot} key={_key(subject_key)} sig={self.sign(subject_key, slot)} -->"

    def write(self, subject_key: str, slot: str, body: str) -> str:
        """Return `body` with the marker at its end, and none other in it."""
        return f"{strip(body)}\n\n{self.make(subject_key, slot)}"

    def find(self, subject_key: str, slot: str, text: str) -> bool:
        """Return True if the last marker in `text` is ours, for this slot of this subject.

        Only the last counts: `write` puts it at the end, so one quoted further up is not it.
        """
        found = _MARKER.findall(text)
        if not found or found[-1][:2] != (slot, _key(subject_key)):
            return False
        return self.signed(subject_key, slot, found[-1][2])

    def sign(self, subject_key: str, what: str) -> str:
        """Return 40 hex digits that only this App can make for `what` on the subject."""
        return self._sign(self.secrets[0], subject_key, what)

    def signed(self, subject_key: str, what: str, given: str) -> bool:
        """Return True if `given` is such a signature, by any of the secrets."""
        matched = False
        for secret in self.secrets:
            matched |= hmac.compare_digest(
                self._sign(secret, subject_key, what).encode(), given.encode("utf-8", "replace")
            )
        return matched

    def _sign(self, secret: bytes, subject_key: str, what: str) -> str:
        key = hmac.new(secret, b"triagebot marker v1", hashlib.sha256).digest()
        text = f"{self.app_id}\n{subject_key}\n{what}"
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:40]


def names(text: str, slot: str) -> bool:
    """Return True if the last marker in `text` is one of this slot, whoever wrote it and for whichever subject."""
    found = _MARKER.findall(text)
    return bool(found) and found[-1][0] == slot


def slot_of(text: str) -> str | None:
    """Return the slot that the last marker in `text` names, whoever wrote it and for whichever subject."""
    found = _MARKER.findall(text)
    return str(found[-1][0]) if found else None


def last(text: str) -> str:
    """Return the last marker in `text` as it stands there, "" if there is none."""
    found = list(_MARKER.finditer(text))
    return found[-1].group() if found else ""


def strip(text: str) -> str:
    """Return `text` without markers, with plain line ends, and without white space at its ends.

    GitHub may give back other line ends than it was sent.
    """
    return _MARKER.sub("", text).replace("\r\n", "\n").strip()


def _key(subject_key: str) -> str:
    return hashlib.sha256(subject_key.encode()).hexdigest()[:16]
