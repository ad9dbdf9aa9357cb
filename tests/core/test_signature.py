"""Who may speak for GitHub: whoever knows a secret, and nobody by way of a strange header."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot.core.signature import plausible, sign, verify

SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"
PUBLISHED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_published_vector() -> None:
    assert sign(SECRET, BODY) == PUBLISHED
    assert verify([SECRET], BODY, [PUBLISHED.encode()])


@given(secret=st.binary(min_size=1), body=st.binary())
def test_what_was_signed_verifies_and_nothing_near_it(secret: bytes, body: bytes) -> None:
    header = sign(secret, body).encode()
    assert header.decode() == "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    assert verify([secret], body, [header])
    assert verify([secret], bytearray(body), [header])
    assert not verify([secret], body + b"\n", [header])
    assert not verify([secret + b"x"], body, [header])


@given(header=st.binary() | st.binary(min_size=64, max_size=64).map(lambda tail: b"sha256=" + tail))
def test_no_header_raises_or_passes_by_chance(header: bytes) -> None:
    assert not verify([SECRET], b"another body", [header])
    assert plausible([header]) == (
        len(header) == 71 and header[:7] == b"sha256=" and set(header[7:]) <= set(b"0123456789abcdef")
    )


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b""],
        [PUBLISHED.encode()] * 2,
        [b"sha256=" + b"0" * 64, PUBLISHED.encode()],
        [PUBLISHED.encode(), b""],
        [PUBLISHED.upper().encode()],
        [b"SHA256=" + PUBLISHED[7:].encode()],
        [PUBLISHED[7:].encode()],
        [b" " + PUBLISHED.encode()],
        [PUBLISHED.encode() + b"\n"],
        [b"sha1=" + hmac.new(SECRET, BODY, hashlib.sha1).hexdigest().encode()],
        [b"sha256=\xff"],
    ],
)
def test_refused_headers(headers: list[bytes]) -> None:
    assert not verify([SECRET], BODY, headers)


def test_every_secret_of_a_rotation_holds_and_an_empty_one_never() -> None:
    assert verify([b"new", SECRET], BODY, [PUBLISHED.encode()])
    assert verify([SECRET, b"old"], BODY, [PUBLISHED.encode()])
    assert not verify([], BODY, [PUBLISHED.encode()])
    assert not verify([b""], BODY, [sign(b"", BODY).encode()])
    assert not verify([b"", SECRET], BODY, [sign(b"", BODY).encode()])
