"""Check that GitHub signed a webhook body.

See "Validating webhook deliveries" in GitHub's documentation. Everything is compared as bytes: a
header with a byte above 0x7F makes `hmac.compare_digest` raise on str, an unauthenticated 500.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

_FORM = re.compile(rb"sha256=[0-9a-f]{64}")


def sign(secret: bytes, body: bytes | bytearray) -> str:
    """Return the `X-Hub-Signature-256` value of `body` under `secret`."""
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


def plausible(headers: Sequence[bytes]) -> bool:
    """Return False if no body at all can match: not exactly one header, or not in GitHub's form.

    `headers` are the raw values of every `X-Hub-Signature-256` header: none, or two that could be
    read differently, is a refusal.
    """
    return len(headers) == 1 and _FORM.fullmatch(headers[0]) is not None


def verify(secrets: Sequence[bytes], body: bytes | bytearray, headers: Sequence[bytes]) -> bool:
    """Return True if exactly one signature header came and one of `secrets` made it.

    `secrets` holds more than one while the operator rotates them. An empty one never matches:
    everybody knows it.
    """
    if not plausible(headers):
        return False
    matched = False
    for secret in secrets:  # no early exit: the time must not tell which secret matched
        matched |= hmac.compare_digest(sign(secret, body).encode(), headers[0]) and secret != b""
    return matched
