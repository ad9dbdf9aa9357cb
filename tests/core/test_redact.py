import base64
import json
import string
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.rendered import records

from triagebot.core.redact import Redactor, redact

RANDOM = Random(7)


def lot(length, alphabet=string.ascii_letters + string.digits):
    """Return characters drawn by lot, as tokens are. Nothing here is or was anybody's secret."""
    return "".join(RANDOM.choice(alphabet) for _ in range(length - 2)) + "a1"


def jwt():
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "x"})
    head = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return f"{head}.{lot(43)}"


KEY = "\n".join(lot(64) for _ in range(6))
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----"

SECRETS = [
    *[
        pytest.param("github-token", f"{kind}_{lot(36)}", id=kind)
        for kind in ("ghp", "gho", "ghu", "ghs", "ghr")
    ],
    pytest.param("github-token", f"ghs_{lot(516)}", id="ghs-of-520-characters"),
    pytest.param("github-token", f"ghs_{jwt()}", id="ghs-with-dots"),
    pytest.param("github-token", f"github_pat_{lot(22)}_{lot(59)}", id="github-fine-grained"),
    pytest.param("openai-key", f"sk-proj-{lot(60)}_{lot(60)}", id="openai-project"),
    pytest.param("openai-key", f"sk-{lot(48)}", id="openai"),
    pytest.param("anthropic-key", f"sk-ant-api03-{lot(93)}-{lot(6)}", id="anthropic"),
    pytest.param("aws-key", "AKIA" + lot(14, string.ascii_uppercase).upper() + "Q7", id="aws-id"),
    pytest.param("google-key", f"AIza{lot(35)}", id="google"),
    pytest.param("google-key", f"ya29.{lot(80)}", id="google-oauth"),
    pytest.param("azure-key", f"{lot(3)}8Q~{lot(34)}", id="azure-client"),
    pytest.param("slack-token", f"xoxb-{lot(12, string.digits)}-{lot(24)}", id="slack"),
    pytest.param("stripe-key", f"sk_live_{lot(24)}", id="stripe"),
    pytest.param("npm-token", f"npm_{lot(36)}", id="npm"),
    pytest.param("pypi-token", f"pypi-{lot(120)}", id="pypi"),
    pytest.param("gitlab-token", f"glpat-{lot(20)}", id="gitlab"),
    pytest.param("huggingface-token", f"hf_{lot(34)}", id="huggingface"),
    pytest.param("sendgrid-key", f"SG.{lot(22)}.{lot(43)}", id="sendgrid"),
    pytest.param("jwt", jwt(), id="jwt"),
    pytest.param("private-key", PEM, id="pem"),
    pytest.param("private-key", PEM.replace("\n", "\\n"), id="pem-on-one-line"),
    pytest.param("private-key", PEM.replace("RSA ", ""), id="pem-pkcs8"),
]


@pytest.mark.parametrize(("kind", "secret"), SECRETS)
@pytest.mark.parametrize(
    "around",
    ["{}", "token is {} ok", "`{}`", '{{"key": "{}"}}', "KEY={}\nnext", "({}),", "https://x.example/?t={}"],
)
def test_a_token_is_found_wherever_it_stands(kind, secret, around):
    out = redact(around.format(secret))
    assert out == around.format(f"[redacted:{kind}]")
    assert redact(out) == out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'curl -H "Authorization: Bearer abcdefgh12345678" x',
            'curl -H "Authorization: Bearer [redacted:authorization]" x',
            id="bearer",
        ),
        pytest.param(
            "authorization: Basic dXNlcjpwYXNz", "authorization: Basic [redacted:authorization]", id="basic"
        ),
        pytest.param(
            "'Authorization': 'token 0a1b2c3d4e5f6a7b'",
            "'Authorization': 'token [redacted:authorization]'",
            id="token",
        ),
        pytest.param(
            "git clone https://bob:hunter2!x@git.example/r",
            "git clone https://bob:[redacted:password]@git.example/r",
            id="basic-auth-url",
        ),
        pytest.param(
            "postgresql://app:Tr0ub4dor&3@db:5432/x",
            "postgresql://app:[redacted:password]@db:5432/x",
            id="database-url",
        ),
        pytest.param(
            "redis://:p4ssw0rd9!@cache:6379", "redis://:[redacted:password]@cache:6379", id="redis-url"
        ),
        pytest.param(
            "Server=db;User=sa;Password=Tr0ub4dor&3;",
            "Server=db;User=sa;Password=[redacted:password];",
            id="connection-string",
        ),
        pytest.param('DB_PASSWORD="k3jH8sPq2"', 'DB_PASSWORD="[redacted:password]"', id="environment"),
        pytest.param("api_key: 9f8e7d6c5b4a39281706", "api_key: [redacted:password]", id="yaml"),
        pytest.param(
            "AccountKey=Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A=;x",
            "AccountKey=[redacted:password];x",
            id="azure-storage",
        ),
        pytest.param(
            f"aws_secret_access_key = {lot(40)}",
            "aws_secret_access_key = [redacted:password]",
            id="aws-secret",
        ),
    ],
)
def test_a_secret_is_found_by_where_it_stands(text, expected):
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The token is invalid; password: required, secret: null",
        'password = os.environ["DB_PASSWORD"]',
        "password=config.get_password()",
        "token: CancellationToken)",
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "postgresql://user:password@localhost/db",
        "https://user:<password>@host",
        "password=********",
        "api_key=YOUR_API_KEY_GOES_HERE_1",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "class sk-fading-circle-dot-animation-delay",
        "see https://docs.example:8443/a@b",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "it expects '-----BEGIN RSA PRIVATE KEY-----' at the top of the file",
        "secret:\n  defaultMode: 420",
        "npm_config_registry and npm_lifecycle_event",
    ],
)
def test_ordinary_text_stays(text):
    assert redact(text) == text


def test_a_key_that_was_cut_off_is_found_too():
    assert redact(f"x {PEM[:200]}") == "x [redacted:private-key]"
    assert redact(PEM[:200] + "\n\nWhat is wrong with it?") == "[redacted:private-key]What is wrong with it?"


OWN = "Zq7-vK2/pX9+mT4=wB6_yN1~"


def encodings(secret):
    value = secret.encode()
    yield "raw", secret
    yield "reversed", secret[::-1]
    yield "hex", value.hex()
    yield "upper hex", value.hex().upper()
    yield "url", quote(secret, safe="")
    yield "lower url", quote(secret, safe="").replace("%2F", "%2f").replace("%2B", "%2b")
    yield "all percent", "".join(f"%{byte:02x}" for byte in value)
    for shift in range(3):
        yield f"base64 at {shift}", base64.b64encode(b"x" * shift + value + b"tail").decode()
        yield f"base64url at {shift}", base64.urlsafe_b64encode(b"x" * shift + value).decode()
    for gap in (" ", "\n", "\u200b", "\u2060\u00ad", "\ufe0f", "\t\n "):
        yield f"split by {gap!a}", gap.join(secret)
        yield f"split in two by {gap!a}", secret[:9] + gap + secret[9:]
    yield "cut", secret[:12]
    yield "cut later", secret[:17]
    yield "end", secret[-12:]
    yield "hex split", " ".join(value.hex()[i : i + 2] for i in range(0, len(value) * 2, 2))


@pytest.mark.parametrize(
    ("form", "leak"), [pytest.param(form, leak, id=form) for form, leak in encodings(OWN)]
)
def test_an_own_secret_is_found_in_every_form(form, leak):
    redactor = Redactor({"webhook-secret": OWN})
    out = redactor.redact(f"before {leak} after")
    assert "[redacted:webhook-secret]" in out
    assert out.startswith("before ")
    assert out.endswith(" after")
    left = out.replace("[redacted:webhook-secret]", "").removeprefix("before ").removesuffix(" after")
    assert len(left) <= 10, left  # of base64, the ends that belong to what stands around
    assert redactor.redact(out) == out


def test_several_own_secrets_are_told_apart_and_the_rest_stays():
    redactor = Redactor({"webhook-secret": OWN, "llm-key": "correct-horse-battery"})
    text = f"a {OWN} b correct-horse-battery c {OWN}{OWN} correct horse"
    assert redactor.redact(text) == (
        "a [redacted:webhook-secret] b [redacted:llm-key] c [redacted:webhook-secret] correct horse"
    )


def test_an_own_key_is_found_by_any_of_its_lines_but_not_by_its_frame():
    redactor = Redactor({"app-key": PEM})
    line = KEY.split("\n")[2]
    assert redactor.redact(f"see {line[5:40]} there") == "see [redacted:app-key] there"
    assert redactor.redact(base64.b64encode(PEM.encode()).decode()).count("[redacted:app-key]") == 1
    assert redactor.redact("it must begin with -----BEGIN RSA PRIVATE KEY-----") == (
        "it must begin with -----BEGIN RSA PRIVATE KEY-----"
    )


def test_a_short_secret_is_found_whole_and_a_tiny_one_is_not_looked_for():
    redactor = Redactor({"short": "hunter2-x", "tiny": "bot", "empty": ""})
    assert redactor.redact("a hunter2-x b hunter2 bot") == "a [redacted:short] b hunter2 bot"


@given(st.text(max_size=50), st.text(max_size=50), st.sampled_from([leak for _, leak in encodings(OWN)]))
@settings(max_examples=200, deadline=None)
def test_what_stands_around_hides_no_own_secret(before, after, leak):
    out = Redactor({"own": OWN}).redact(before + leak + after)
    assert "[redacted:" in out
    assert OWN not in out


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(["password=", "k3jH8sPq2", "ghp_", "sk-", "eyJ", "://", ":", "@", " ", "Bearer "])
        ).map("".join),
    )
)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_is_redacting_once(text):
    assert redact(redact(text)) == redact(text)


FLOOD = (
    "eyJ|eyJaaaaaaaaaa.|sk-|ghp_|://|://a:|-----BEGIN PRIVATE KEY-----|-----BEGIN PRIVATE KEY-----a\n|password="
    "|password: |Authorization: Bearer |Bearer |a.b:|=|SG.|SG.aaaaaaaaaaaaaaaaaaaa.|Zq7-vK2/pX9"
)


@pytest.mark.parametrize("piece", FLOOD.split("|"))
def test_a_flood_of_anything_is_redacted_in_linear_time(piece):
    # A quadratic pattern would need many minutes for each of these.
    text = (piece * 300_000)[:300_000]
    assert Redactor({"own": OWN}).redact(text)


def test_real_issues_are_hardly_touched():
    """Two of 2,955 real issues hold what looks like a secret: both are credentials of somebody's example."""
    texts = [
        f"{record['title']}\n{record['body']}"
        for name in ("bitcoin_gui", "kubernetes_until_cut", "nlbse2024_train")
        for record in records(f"issues/{name}")
    ]
    assert sum(redact(text) != text for text in texts) <= 3
