"""Check that GitHub signed a webhook body.

See "Validating webhook deliveries" in GitHub's documentation. Everything is compared as bytes: a
header with a byte above 0x7F makes `hmac.compare_digest` raise on str, an unauthenticated 500.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


def sign(secret: bytes, body: bytes) -> str:
    """Return the `X-Hub-Signature-256` value of `body` under `secret`."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def verify(secrets: Sequence[bytes], body: bytes, headers: Sequence[bytes]) -> bool:
    """Return True if exactly one signature header came and one of `secrets` made it.

    `secrets` holds more than one while the operator rotates them. `headers` are the raw values of
    every `X-Hub-Signature-256` header: none, or two that could be read differently, is a refusal.
    """
    if len(headers) != 1:
        return False
    matched = False
    for secret in secrets:  # no early exit: the time must not tell which secret matched
        matched |= hmac.compare_digest(sign(secret, body).encode(), headers[0])
    return matched
