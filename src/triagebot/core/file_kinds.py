"""Tell from its path what a file is for, and so how much it matters to who reads a change."""

from __future__ import annotations

import re
from typing import Literal

FileKind = Literal[
    "code", "schema", "dependencies", "settings", "ci", "tests", "docs", "other", "lock", "generated"
]

ORDER: tuple[FileKind, ...] = (
    "code", "schema", "dependencies", "settings", "ci", "tests", "docs", "other", "lock", "generated",
)  # fmt: skip
"""The most important to a reader first."""

_LOCKS = frozenset(
    """package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock pdm.lock uv.lock
    pipfile.lock cargo.lock gemfile.lock composer.lock go.sum go.work.sum mix.lock pubspec.lock podfile.lock
    package.resolved flake.lock conda-lock.yml gradle.lockfile packages.lock.json deno.lock""".split()  # noqa: SIM905 - easier to read
)
_DEPENDENCIES = re.compile(
    r"(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|pipfile|environment\.ya?ml|cargo\.toml|go\.(?:mod|work)|gemfile"
    r"|composer\.json|pom\.xml|build\.gradle(?:\.kts)?|libs\.versions\.toml|mix\.exs|pubspec\.yaml|podfile"
    r"|package\.swift|directory\.packages\.props|vcpkg\.json|conanfile\.(?:txt|py)|deno\.json"
    r"|(?:[\w.-]{0,40}[_-])?(?:requirements|constraints)(?:[_.-][\w.-]{0,40})?\.(?:txt|in)|[\w.-]{1,80}\.(?:gemspec|csproj|cabal))"
)
_CI = re.compile(
    r"(?:\.github/(?:workflows|actions)/.*|\.gitlab-ci\.yml|\.circleci/.*|azure-pipelines\.yml|jenkinsfile"
    r"|\.travis\.yml|appveyor\.yml|\.buildkite/.*|\.ci/.*)"
)
_GENERATED = re.compile(
    r"(?:.*/)?(?:node_modules|vendor|third_party|thirdparty|dist|__snapshots__|snapshots|\.yarn|generated|gen)/.*"
    r"|.*\.(?:min\.(?:js|css)|map|snap|pb\.go|pb\.cc|pb\.h|g\.dart)|(?:.*/)?[^/]{1,100}_pb2(?:_grpc)?\.pyi?"
)
_TESTS = re.compile(
    r"(?:.*/)?(?:tests?|specs?|__tests__|__mocks__|testing|e2e|testdata|fixtures)/.*"
    r"|(?:.*/)?(?:test_[^/]{1,200}|[^/]{1,200}[._-](?:test|tests|spec)\.[a-z]{1,5}|conftest\.py)"
)
_DOCS = re.compile(
    r"(?:.*/)?(?:docs?|documentation|man|examples?)/.*|.*\.(?:md|mdx|rst|adoc|txt|tex|org)"
    r"|(?:.*/)?(?:license|licence|copying|authors|notice|changelog|changes|news|readme|contributing)(?:\.[a-z]{1,5})?"
)
_SCHEMA = re.compile(
    r"(?:.*/)?(?:migrations?|migrate|alembic|schemas?|proto|protos)/.*|.*\.(?:sql|prisma|proto|graphql|gql|avsc|thrift|xsd)"
    r"|(?:.*/)?(?:schema\.rb|openapi\.(?:json|ya?ml)|swagger\.(?:json|ya?ml)|[^/]{1,80}\.schema\.json)"
)
_SETTINGS = re.compile(
    r".*\.(?:toml|ya?ml|ini|cfg|conf|properties|env|json|json5|tf|tfvars|hcl|nix|plist|xml)"
    r"|(?:.*/)?(?:dockerfile(?:\.[\w-]{1,40})?|containerfile|makefile|cmakelists\.txt|justfile|procfile|\.[a-z]{1,30}(?:rc|ignore|config))"
)
_CODE = re.compile(
    r".*\.(?:py|pyi|pyx|js|jsx|mjs|cjs|ts|tsx|mts|cts|go|rs|c|h|cc|cpp|cxx|hpp|hh|m|mm|java|kt|kts|scala|groovy|clj|cs|fs|vb"
    r"|rb|php|pl|pm|swift|dart|ex|exs|erl|hs|ml|mli|lua|r|jl|sh|bash|zsh|fish|ps1|bat|vue|svelte|html|css|scss|less|zig|nim"
    r"|cu|cuh|asm|s|f90|pas|sol|el|lisp|rkt|scm|v|sv|vhd|vhdl|jinja|j2|erb|tmpl)"
)
# What comes first wins: a test's lock file is a lock file, a migration in Python is a migration.
_KINDS: tuple[tuple[FileKind, re.Pattern[str]], ...] = (
    ("generated", _GENERATED),
    ("ci", _CI),
    ("tests", _TESTS),
    ("schema", _SCHEMA),
    ("docs", _DOCS),
    ("code", _CODE),
    ("settings", _SETTINGS),
)


def kind_of(path: str) -> FileKind:
    """Return what the file at `path` ("src/parser.py") is for, by its name and its folders."""
    lowered = path.lower()[:1_000]
    name = lowered.rpartition("/")[2]
    if name in _LOCKS or name.endswith(".lock"):
        return "lock"
    if _DEPENDENCIES.fullmatch(name) and not _GENERATED.fullmatch(lowered):
        return "dependencies"
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(lowered)), "other")
