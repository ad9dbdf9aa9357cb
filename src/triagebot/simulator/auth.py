"""Who calls: the App by a JWT that its private key signed, or an installation by a token.

See "Authenticating as a GitHub App" in GitHub's documentation: RS256, at most ten minutes ahead;
installation tokens are opaque and live one hour.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from triagebot.ports import Clock
from triagebot.simulator.model import Installation, Repo
from triagebot.simulator.world import World

TOKEN_LIFE = timedelta(hours=1)
LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}


class AuthError(Exception):
    """The caller is not who they say."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@lru_cache(maxsize=1)
def key_pair() -> tuple[str, str]:
    """Return a fresh private and public key as PEM; one pair a process, since making one is slow."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@dataclass
class Token:
    """An installation token: what it opens, and until when."""

    value: str
    installation_id: int
    expires_at: datetime
    permissions: dict[str, str]
    repos: set[int] | None = None


@dataclass
class Caller:
    """Who sends a request. Neither `app` nor `installation`: nobody."""

    app: bool = False
    installation: Installation | None = None
    token: Token | None = None

    def may(self, permission: str, level: str) -> bool:
        """Return True if the token and the installation both carry the permission."""
        if self.installation is None or self.token is None:
            return False
        granted = (
            granted.get(permission, "none")
            for granted in (self.installation.permissions, self.token.permissions)
        )
        return all(LEVELS[grant] >= LEVELS[level] for grant in granted)

    def sees(self, world: World, repo: Repo) -> bool:
        """Return True if the repository is within the token's reach, or public."""
        if self.installation is None or self.token is None:
            return False
        inside = world.covers(self.installation, repo) and (
            self.token.repos is None or repo.id in self.token.repos
        )
        return inside or not repo.private


@dataclass
class Tokens:
    """The installation tokens given out so far."""

    clock: Clock
    given: dict[str, Token] = field(default_factory=dict)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def sign(self, path: str, seconds: int) -> str:
        """Return what opens an address outside the API for some seconds."""
        until = int(self.clock.now().timestamp()) + seconds
        return f"{until}-{self._signature(path, until)}"

    def signed(self, path: str, token: str) -> bool:
        """Return True if `token` opens this address now."""
        until, _, signature = token.partition("-")
        if not until.isdigit() or int(until) < self.clock.now().timestamp():
            return False
        return hmac.compare_digest(signature.encode(), self._signature(path, int(until)).encode())

    def _signature(self, path: str, until: int) -> str:
        return hmac.new(self.key, f"{path} {until}".encode(), hashlib.sha256).hexdigest()

    def issue(
        self, installation: Installation, permissions: Mapping[str, str] | None, repos: set[int] | None
    ) -> Token:
        """Give out a new token."""
        token = Token(
            value=f"ghs_{secrets.token_urlsafe(260)}",
            installation_id=installation.id,
            expires_at=self.clock.now().replace(microsecond=0) + TOKEN_LIFE,
            permissions=dict(installation.permissions if permissions is None else permissions),
            repos=repos,
        )
        self.given[token.value] = token
        return token

    def expire_all(self) -> None:
        """End every token now, as a revoked or rotated key would."""
        for token in self.given.values():
            token.expires_at = self.clock.now()

    def identify(self, world: World, authorization: str, public_key: str) -> Caller:
        """Return who sends this header; `AuthError` if it is wrong, expired or of a suspended installation."""
        scheme, _, credential = authorization.partition(" ")
        if not authorization:
            return Caller()
        if scheme.lower() not in ("bearer", "token"):
            raise AuthError(401, "Bad credentials")
        if credential.count(".") == 2 and credential.startswith("ey"):
            self._check_jwt(world, credential, public_key)
            return Caller(app=True)
        token = self.given.get(credential)
        if token is None or token.expires_at <= self.clock.now():
            raise AuthError(401, "Bad credentials")
        installation = world.installations.get(token.installation_id)
        if installation is None or installation.deleted:
            raise AuthError(401, "Bad credentials")
        if installation.suspended_at:
            raise AuthError(403, "This installation has been suspended")
        return Caller(installation=installation, token=token)

    def _check_jwt(self, world: World, credential: str, public_key: str) -> None:
        options = {
            "verify_exp": False,
            "verify_iss": False,
            "verify_sub": False,
            "verify_iat": False,
            "verify_aud": False,
            "require": ["exp", "iat", "iss"],
        }
        try:
            claims = jwt.decode(credential, public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise AuthError(401, "A JSON web token could not be decoded") from None
        now = self.clock.now().timestamp()
        if str(claims["iss"]) not in (str(world.app.id), f"Iv23li{world.app.id:014d}"):
            raise AuthError(401, "'Issuer' claim ('iss') must be an Integer assigned to this App")
        if claims["exp"] <= now:
            raise AuthError(
                401, "'Expiration time' claim ('exp') must be a numeric value representing the future"
            )
        if claims["exp"] > now + 660:
            raise AuthError(401, "'Expiration time' claim ('exp') is too far in the future")
        if claims["iat"] > now + 60:
            raise AuthError(
                401, "'Issued at' claim ('iat') must be an Integer representing a time in the past"
            )
