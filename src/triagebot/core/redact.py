"""Take secrets out of text before a model, a log or GitHub sees it: `[redacted:kind]` stands in their place.

Two walls. `redact` knows how other people's secrets look. A `Redactor` also knows the operator's own,
and finds them encoded, reversed, split and cut. Both take linear time: every pattern is bounded, or
begins where a run of its own characters begins.
"""

from __future__ import annotations

import base64
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

WINDOW = 12
"""So many consecutive characters of an own secret, in any form, are taken out."""

SHORTEST = 8
"""An own secret shorter than this cannot be told from ordinary words, and is not looked for."""


_PLACEHOLDER = re.compile(
    r"(?i)^[<$%{(\[*]|x{4}|\*{3}|\.{3}|your|example|changeme|redacted|placeholder|password|secret|dummy"
)


def _random(value: str, *, length: int = 16, bits: float = 3.2) -> bool:
    """Return True if `value` looks drawn by lot: letters and digits mixed, and few repeats."""
    if (
        len(value) < length
        or _PLACEHOLDER.search(value)
        or not re.search("[0-9]", value)
        or not re.search("[A-Za-z]", value)
    ):
        return False
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts) >= bits


def _chosen(value: str) -> bool:
    """Return True if `value` could be a password that somebody chose, and is no placeholder or code."""
    if _PLACEHOLDER.search(value) or re.fullmatch(r"[\w.-]*[.][A-Za-z_][\w.-]*", value):
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[^\w]"))
    return (
        len(value) >= 8 and kinds >= 2 and bool(re.search(r"[0-9!@#$%^&*~]", value)) and len(set(value)) > 4
    )


def _any(_value: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of secret. `pattern`'s group `s` is what goes; it runs only where a hint occurs."""

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    likely: Callable[[str], bool] = _any


def _kind(name: str, hints: str, pattern: str, likely: Callable[[str], bool] = _any) -> _Kind:
    return _Kind(name, tuple(hints.split()), re.compile(pattern), likely)


_START = r"(?<![A-Za-z0-9_-])"
_KEYS = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secrets?|token|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|account[_-]?key"
    r"|secret[_-]?(?:access[_-]?)?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)"
)
_ASSIGN = r"[\"'`]?\s{0,3}(?:=>|:=|[:=])\s{0,3}[\"'`]?"

KINDS: tuple[_Kind, ...] = (
    _kind(
        "private-key",
        "PRIVATE",
        r"(?P<s>-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?:[^-]|-(?!----))*+-----END [A-Z0-9 ]{1,60}-----|(?:\s|\\[nr])*+(?:[A-Za-z0-9+/=]{20,}+(?:\s|\\[nr])*+)++))",
    ),
    _kind("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"(?P<s>gh[pousr]_[A-Za-z0-9_.-]{15,700}[A-Za-z0-9_])"),
    _kind("github-token", "github_pat_", r"(?P<s>github_pat_[A-Za-z0-9_]{16,520})"),
    _kind("anthropic-key", "sk-ant-", r"(?P<s>sk-ant-[A-Za-z0-9_-]{16,250})"),
    _kind("openai-key", "sk-", rf"{_START}(?P<s>sk-[A-Za-z0-9_-]{{20,300}})", _random),
    _kind(
        "aws-key",
        "AKIA ASIA ABIA ACCA",
        r"(?<![A-Za-z0-9])(?P<s>A(?:KI|SI|BI|CC)A[A-Z0-9]{16})(?![A-Za-z0-9])",
    ),
    _kind("google-key", "AIza", r"(?P<s>AIza[A-Za-z0-9_-]{35})"),
    _kind("google-key", "GOCSPX-", r"(?P<s>GOCSPX-[A-Za-z0-9_-]{20,60})"),
    _kind("google-key", "ya29.", r"(?P<s>ya29\.[A-Za-z0-9_-]{20,500})"),
    _kind("azure-key", "Q~", r"(?P<s>[A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,40})"),
    _kind("azure-key", "sig=", r"[?&]sig=(?P<s>[A-Za-z0-9%+/=_-]{30,200})"),
    _kind(
        "slack-token",
        "xox xapp-",
        r"(?P<s>(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,250})",
        lambda v: bool(re.search(r"\d", v)),
    ),
    _kind(
        "slack-webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?P<s>(?:services|workflows)/[A-Za-z0-9/_-]{20,150})",
    ),
    _kind("stripe-key", "_live_ _test_", r"(?<![A-Za-z0-9])(?P<s>[spr]k_(?:live|test)_[A-Za-z0-9]{16,250})"),
    _kind("webhook-secret", "whsec_", r"(?P<s>whsec_[A-Za-z0-9+/=]{16,100})"),
    _kind("npm-token", "npm_", r"(?<![A-Za-z0-9_])(?P<s>npm_[A-Za-z0-9]{36})(?![A-Za-z0-9_])"),
    _kind("pypi-token", "pypi-", r"(?P<s>pypi-[A-Za-z0-9_-]{50,400})", _random),
    _kind("gitlab-token", "glpat-", r"(?P<s>glpat-[A-Za-z0-9_.-]{20,300})"),
    _kind("huggingface-token", "hf_", r"(?<![A-Za-z0-9_])(?P<s>hf_[A-Za-z0-9]{30,60})"),
    _kind("sendgrid-key", "SG.", r"(?P<s>SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{30,64})"),
    _kind(
        "jwt",
        "eyJ",
        rf"{_START}(?P<s>eyJ[A-Za-z0-9_-]{{8,}}+\.eyJ[A-Za-z0-9_-]{{8,}}+(?:\.[A-Za-z0-9_-]*+)?)",
    ),
    _kind(
        "authorization",
        "uthorization UTHORIZATION",
        r"(?i:authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?i:bearer|basic|token|negotiate|digest)\s{1,3})"
        r"(?P<s>[^\s\"'\\<>$`{,;]{8,4000})",
        lambda v: not _PLACEHOLDER.search(v),
    ),
    _kind("authorization", "earer EARER", r"(?i:\bbearer)\s{1,3}(?P<s>[A-Za-z0-9_.~+/=-]{16,4000})", _random),
    _kind(
        "password",
        "://",
        r"://[^\s/:@\"'<>()\[\]]{0,100}:(?P<s>[^\s/@\"'<>()\[\]]{1,200})@[A-Za-z0-9\[]",
        _chosen,
    ),
    _kind("password", "://", r"://(?P<s>[^\s/:@\"'<>()\[\]]{20,200})@[A-Za-z0-9\[]", _random),
    _kind("password", "= :", rf"(?i:{_KEYS}){_ASSIGN}(?P<s>[A-Za-z0-9+/_=-]{{16,512}})(?![\w(.])", _random),
    _kind(
        "password",
        "= :",
        rf"(?i:pass(?:word|wd|phrase)|pwd|secret){_ASSIGN}(?P<s>[^\s\"'`<>,;(){{}}\[\]|\\]{{8,200}})",
        _chosen,
    ),
)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced by `[redacted:kind]`.

    Applying it again changes nothing. Patterns follow the issuers' own descriptions of their formats
    (for GitHub: "Token expiration and revocation" and its announcements of longer tokens).
    """
    for kind in KINDS:
        if any(hint in text for hint in kind.hints):
            text = kind.pattern.sub(_replacement(kind), text)
    return text


def redact_lines(lines: Sequence[str]) -> list[str]:
    """Return as many lines, without their secrets: for what is cut by lines later, as half a key is not known."""
    text = "\n".join(lines)
    for kind in KINDS:
        if any(hint in text for hint in kind.hints):
            text = kind.pattern.sub(_replacement(kind, each_line=True), text)
    return text.split("\n") if lines else []


def _replacement(kind: _Kind, *, each_line: bool = False) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        secret, whole = match["s"], match[0]
        if "[redacted:" in whole or not kind.likely(secret):
            return whole
        start, end = match.span("s")
        base = match.start()
        shown = "\n".join([f"[redacted:{kind.name}]"] * (1 + each_line * secret.count("\n")))
        return f"{whole[: start - base]}{shown}{whole[end - base :]}"

    return replace


def secrets_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of everything that `redact` would take out of `text`, kind by kind."""
    for kind in KINDS:
        if any(hint in text for hint in kind.hints):
            for match in kind.pattern.finditer(text):
                if "[redacted:" not in match[0] and kind.likely(match["s"]):
                    yield *match.span("s"), kind.name


class Redactor:
    """Knows the operator's own secrets, and takes them out in every form they are likely to leak in.

    Found are `WINDOW` or more consecutive characters of a secret: as they are, reversed, in base64
    (each alignment, both alphabets), in hex, percent-encoded; also where whitespace or invisible
    characters split them. A secret of `SHORTEST` to `WINDOW` characters is found whole.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """Learn `secrets`: kind (as in `[redacted:kind]`) to value."""
        self._grams: dict[int, dict[str, str]] = {}
        for kind, secret in secrets.items():
            for form in _forms(secret):
                width = min(len(form), WINDOW)
                grams = self._grams.setdefault(width, {})
                for start in range(len(form) - width + 1):
                    grams.setdefault(form[start : start + width], kind)

    def redact(self, text: str) -> str:
        """Return `text` without own secrets, and without what looks like anyone else's."""
        return redact(self._without_own(text))

    def _without_own(self, text: str) -> str:
        kept: list[str] = []
        end_of_last = 0
        for start, end, kind in self._spans(text):
            kept += (text[end_of_last:start], f"[redacted:{kind}]")
            end_of_last = end
        kept.append(text[end_of_last:])
        return "".join(kept)

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and kind of every secret in `text`, in order, apart from each other."""
        gaps = {c for c in set(text) if c.isspace() or unicodedata.category(c)[0] == "C" or _ignorable(c)}
        places = [index for index, char in enumerate(text) if char not in gaps]
        solid = "".join(char for char in text if char not in gaps)
        found = sorted(
            (places[start], places[start + width - 1] + 1, grams[solid[start : start + width]])
            for width, grams in self._grams.items()
            for start in range(len(solid) - width + 1)
            if solid[start : start + width] in grams
        )
        current: tuple[int, int, str] | None = None
        for start, end, kind in found:
            if current and start <= current[1] + 2:  # an escaped line end may stand between
                current = (current[0], max(current[1], end), current[2])
            else:
                if current:
                    yield current
                current = (start, end, kind)
        if current:
            yield current


def _ignorable(char: str) -> bool:
    return unicodedata.category(char) == "Mn" and unicodedata.name(char, "").startswith("VARIATION SELECTOR")


_ARMOUR = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,60}-----")


def _forms(secret: str) -> set[str]:
    """Return the spellings of `secret` to look for, without whitespace, as the text is searched."""
    secret = _ARMOUR.sub("", secret).strip()  # every key has these lines
    solid = "".join(secret.split())
    if len(solid) < SHORTEST:
        return set()
    forms = {solid, solid[::-1]}
    for value in {secret.encode(), solid.encode()}:
        percent = "".join(f"%{byte:02X}" for byte in value)
        quoted = quote(value, safe="")
        forms |= {value.hex(), value.hex().upper(), percent, percent.lower(), quoted, _lower_escapes(quoted)}
        for shift in range(3):
            # Bits of the neighbours stand in the first characters and in the last one.
            code = base64.b64encode(bytes(shift) + value).decode().rstrip("=")
            whole = code[(0, 2, 3)[shift] : (shift + len(value)) * 8 // 6]
            forms |= {whole, whole.replace("+", "-").replace("/", "_")}
    return forms


def _lower_escapes(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
