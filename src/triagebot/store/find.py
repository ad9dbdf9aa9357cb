"""Search the past by words: which words each issue has, and which issues share the rarest ones.

An issue counts once for a word, and once more (`=word`) if the word stands in its title. How many issues
of a repository have a word is kept beside, so that a search reads the postings of telling words only.
SQLite keeps the words in an FTS5 table whose row id packs repository and number, so a search stays
inside its repository; on Postgres the same is done by lexemes that begin with the repository's id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any

from sqlalchemy import Connection, bindparam, text

from triagebot.core.history import PastIssue
from triagebot.core.text import strip_hidden
from triagebot.core.words import READ, findable, words

TABLES = {
    "sqlite": (
        "CREATE VIRTUAL TABLE issue_words USING fts5(words, detail=none, columnsize=0, tokenize=\"ascii tokenchars '=_'\")",
        """CREATE TABLE word_counts (repo_id INTEGER NOT NULL, word TEXT NOT NULL, issues INTEGER NOT NULL,
        PRIMARY KEY (repo_id, word)) WITHOUT ROWID""",
    ),
    "postgresql": (
        """CREATE TABLE issue_words (repo_id BIGINT NOT NULL, number BIGINT NOT NULL, words TSVECTOR NOT NULL,
        PRIMARY KEY (repo_id, number))""",
        "CREATE INDEX issue_words_words ON issue_words USING gin (words)",
        """CREATE TABLE word_counts (repo_id BIGINT NOT NULL, word TEXT NOT NULL, issues BIGINT NOT NULL,
        PRIMARY KEY (repo_id, word))""",
    ),
}
"""The statements that make the tables of the search, by dialect, for the migration."""

TERMS, ROWS = 48, 20_000
"""Words that a search uses at most, and the postings that it reads at most."""
_NUMBER_BITS = 28
_ALL = ""  # the "word" that every issue of a repository has


def create(connection: Connection) -> None:
    """Make the tables of the search."""
    for statement in TABLES[connection.dialect.name]:
        connection.execute(text(statement))


def index(connection: Connection, repo_id: int, issues: Sequence[PastIssue]) -> None:
    """Make these issues findable by the text that they have now; cheap where it has not changed."""
    wanted = {issue.number: findable(issue.title, issue.body) for issue in issues}
    known = _sets(connection, repo_id, list(wanted))
    changed = {number: entry for number, entry in wanted.items() if entry != known.get(number)}
    gone = {number: known[number] for number in changed if number in known}
    _remove(connection, repo_id, list(gone))
    _add(connection, repo_id, changed)
    _count(connection, repo_id, changed.values(), gone.values())


def forget(connection: Connection, repo_id: int, number: int) -> None:
    """Make an issue unfindable; nothing if it is unknown."""
    known = _sets(connection, repo_id, [number])
    _remove(connection, repo_id, list(known))
    _count(connection, repo_id, (), known.values())


def find(connection: Connection, repo_id: int, query: str, limit: int) -> list[tuple[int, float]]:
    """Return (number, score) of the issues that share the most telling words with `query`, best first.

    `query` is any text, never a query language; its first line counts as a title. The score is the sum
    of the shared words' weights, rare ones weigh more, and a word that stands in both titles most.
    """
    weights = _telling(connection, repo_id, query)
    if not weights or limit < 1:
        return []
    select = _POSTINGS[connection.dialect.name]
    postings = " UNION ALL ".join(select.format(i=i) for i in range(len(weights)))
    parameters: dict[str, object] = {"limit": limit, **_scope(connection, repo_id)}
    for i, (word, weight) in enumerate(weights.items()):
        parameters |= {f"q{i}": _quoted(connection, repo_id, word), f"w{i}": weight}
    best = f"SELECT id, sum(w) FROM ({postings}) AS found GROUP BY id ORDER BY 2 DESC, 1 LIMIT :limit"  # noqa: S608 - of numbered placeholders only
    found = connection.execute(text(best), parameters).all()
    mask = (1 << _NUMBER_BITS) - 1
    return [(int(key) & mask, float(score)) for key, score in found]


_POSTINGS = {
    "sqlite": "SELECT rowid AS id, :w{i} AS w FROM issue_words WHERE issue_words MATCH :q{i} AND rowid BETWEEN :first AND :last",
    "postgresql": "SELECT number AS id, CAST(:w{i} AS float8) AS w FROM issue_words "
    "WHERE words @@ CAST(:q{i} AS tsquery)",
}


def _telling(connection: Connection, repo_id: int, query: str) -> dict[str, float]:
    """Return the words to search with and their weights: the rarest first, so many as `TERMS` and `ROWS` allow."""
    query = strip_hidden(query[:READ])[0].strip()
    title = set(words(query.partition("\n")[0]))
    tally = Counter(words(query))
    counts = _issues_with(connection, repo_id, [_ALL, *tally])
    total = counts.pop(_ALL, 0)
    weight = {
        word: log(1 + (total - of + 0.5) / (of + 0.5))
        * (1 + log(tally[word])) ** 0.5
        * (1.5 if word in title else 1.0)
        for word, of in counts.items()
    }
    chosen: dict[str, float] = {}
    rows = 0
    for word in sorted(weight, key=lambda word: (-weight[word], word)):
        if rows + counts[word] > ROWS or len(chosen) >= TERMS:
            break
        rows += counts[word]
        chosen[word] = weight[word]
    return chosen | {f"={word}": weight for word, weight in chosen.items() if word in title}


def _issues_with(connection: Connection, repo_id: int, wanted: Sequence[str]) -> dict[str, int]:
    """Return in how many issues each word occurs, of those that occur at all."""
    statement = text(
        "SELECT word, issues FROM word_counts WHERE repo_id = :repo AND word IN :words AND issues > 0"
    )
    statement = statement.bindparams(bindparam("words", expanding=True))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 5000):
        rows = connection.execute(statement, {"repo": repo_id, "words": wanted[start : start + 5000]})
        found |= {word: int(issues) for word, issues in rows}
    return found


def words_of(connection: Connection, repo_id: int, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Return the words under which these issues are found now, those of `findable`, each once."""
    if connection.dialect.name == "sqlite":
        rows = _of(connection, "SELECT rowid, words FROM issue_words WHERE rowid IN :ids", repo_id, numbers)
        mask = (1 << _NUMBER_BITS) - 1
        return {int(key) & mask: kept.split() for key, kept in rows}
    rows = _of(
        connection,
        "SELECT number, tsvector_to_array(words) FROM issue_words WHERE repo_id = :repo AND number IN :ids",
        repo_id,
        numbers,
    )
    start = len(_lexeme(repo_id, ""))
    return {int(number): [lexeme[start:] for lexeme in kept] for number, kept in rows}


def _sets(connection: Connection, repo_id: int, numbers: Sequence[int]) -> dict[int, frozenset[str]]:
    return {number: frozenset(kept) for number, kept in words_of(connection, repo_id, numbers).items()}


def _remove(connection: Connection, repo_id: int, numbers: Sequence[int]) -> None:
    if connection.dialect.name == "sqlite":
        _of(connection, "DELETE FROM issue_words WHERE rowid IN :ids", repo_id, numbers)
    else:
        _of(connection, "DELETE FROM issue_words WHERE repo_id = :repo AND number IN :ids", repo_id, numbers)


def _of(connection: Connection, statement: str, repo_id: int, numbers: Sequence[int]) -> Sequence[Any]:
    """Execute a statement on the rows of these issues, however many."""
    prepared = text(statement).bindparams(bindparam("ids", expanding=True))
    found: list[Any] = []
    for start in range(0, len(numbers), 1000):
        part = numbers[start : start + 1000]
        if connection.dialect.name == "sqlite":
            result = connection.execute(prepared, {"ids": [_key(repo_id, number) for number in part]})
        else:
            result = connection.execute(prepared, {"repo": repo_id, "ids": part})
        if result.returns_rows:
            found += result.all()
    return found


def _add(connection: Connection, repo_id: int, entries: Mapping[int, frozenset[str]]) -> None:
    if not entries:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(
            text("INSERT INTO issue_words (rowid, words) VALUES (:id, :words)"),
            [{"id": _key(repo_id, n), "words": " ".join(sorted(entry))} for n, entry in entries.items()],
        )
    else:
        connection.execute(
            text(
                "INSERT INTO issue_words (repo_id, number, words) VALUES (:repo, :number, array_to_tsvector(CAST(:words AS text[])))"
            ),
            [
                {"repo": repo_id, "number": n, "words": [_lexeme(repo_id, word) for word in sorted(entry)]}
                for n, entry in entries.items()
            ],
        )


def _count(
    connection: Connection, repo_id: int, added: Iterable[frozenset[str]], removed: Iterable[frozenset[str]]
) -> None:
    """Bring the counts to what the entries are now. In the order of the words: two writers cannot deadlock."""
    change: Counter[str] = Counter()
    for sign, entries in ((1, added), (-1, removed)):
        for entry in entries:
            change[_ALL] += sign
            for word in entry:
                if not word.startswith("="):
                    change[word] += sign
    by_word = {word: by for word, by in sorted(change.items()) if by}
    if by_word:
        statement = (
            f"INSERT INTO word_counts (repo_id, word, issues) {_CHANGES[connection.dialect.name]} "
            "ON CONFLICT (repo_id, word) DO UPDATE SET issues = word_counts.issues + excluded.issues"
        )
        connection.execute(text(statement), {"repo": repo_id, "changes": json.dumps(by_word)})
    gone = [word for word, by in sorted(change.items()) if by < 0]
    if gone:
        drop = text("DELETE FROM word_counts WHERE repo_id = :repo AND issues <= 0 AND word IN :words")
        drop = drop.bindparams(bindparam("words", expanding=True))
        for start in range(0, len(gone), 5000):
            connection.execute(drop, {"repo": repo_id, "words": gone[start : start + 5000]})


_CHANGES = {
    "sqlite": "SELECT CAST(:repo AS bigint), key, value FROM json_each(:changes) WHERE true",
    "postgresql": "SELECT CAST(:repo AS bigint), key, CAST(value AS bigint) FROM json_each_text(CAST(:changes AS json))",
}
"""All changes in one statement: thousands of words change with every transaction."""


def _scope(connection: Connection, repo_id: int) -> dict[str, object]:
    """Return the bounds of a repository's rows where the postings need them."""
    if connection.dialect.name == "sqlite":
        return {"first": _key(repo_id, 0), "last": _key(repo_id + 1, 0) - 1}
    return {}


def _quoted(connection: Connection, repo_id: int, word: str) -> str:
    """Return a query for exactly this word. Words have no quotes in them: see `core.words`."""
    return f'"{word}"' if connection.dialect.name == "sqlite" else f"'{_lexeme(repo_id, word)}'"


def _key(repo_id: int, number: int) -> int:
    """Return the row id of an issue: room for 2^28 issues in each of 2^35 repositories."""
    return (repo_id << _NUMBER_BITS) | number


def _lexeme(repo_id: int, word: str) -> str:
    return f"{repo_id:x}:{word}"
