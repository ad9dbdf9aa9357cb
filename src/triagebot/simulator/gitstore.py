"""Git objects and refs in memory, named by the same SHA-1 as git names them.

Objects never change once stored, so a snapshot of the world shares them and copies only the refs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

FILE_MODE = "100644"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime

    def line(self) -> str:
        """Return it as git writes it in a commit object."""
        offset = self.at.strftime("%z") or "+0000"
        return f"{self.name} <{self.email}> {int(self.at.timestamp())} {offset}"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree object. `mode` as the API writes it: six digits."""

    name: str
    mode: str
    sha: str

    @property
    def kind(self) -> str:
        """`blob`, `tree` or `commit`."""
        return {"040000": "tree", "160000": "commit"}.get(self.mode, "blob")


def object_sha(kind: str, content: bytes) -> str:
    """Return git's name for an object."""
    return hashlib.sha1(
        b"%s %d\0" % (kind.encode(), len(content)) + content, usedforsecurity=False
    ).hexdigest()


@dataclass
class GitStore:
    """One repository's objects and refs (`refs/heads/main` → sha)."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def __deepcopy__(self, memo: object) -> GitStore:
        return replace(self, refs=dict(self.refs))

    def fork(self) -> GitStore:
        """Return a store with refs of its own over the same objects, as forks share a network."""
        return replace(self, refs=dict(self.refs))

    def put_blob(self, content: bytes) -> str:
        """Store a file's content and return its sha."""
        sha = object_sha("blob", content)
        self.blobs[sha] = content
        return sha

    def put_tree(self, entries: Mapping[str, tuple[str, str]]) -> str:
        """Store one level of a tree, name → (mode, sha), and return its sha."""
        ordered = sorted(entries.items(), key=lambda item: item[0] + ("/" if item[1][0] == "040000" else ""))
        content = b"".join(
            f"{mode.lstrip('0')} {name}".encode() + b"\0" + bytes.fromhex(sha)
            for name, (mode, sha) in ordered
        )
        sha = object_sha("tree", content)
        self.trees[sha] = tuple(Entry(name, mode, entry_sha) for name, (mode, entry_sha) in ordered)
        return sha

    def put_paths(self, paths: Mapping[str, tuple[str, str]]) -> str:
        """Store the nested trees of a flat listing, path → (mode, sha), and return the root's sha."""
        level: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, tuple[str, str]]] = {}
        for path, entry in paths.items():
            head, slash, rest = path.partition("/")
            if slash:
                below.setdefault(head, {})[rest] = entry
            else:
                level[head] = entry
        for name, children in below.items():
            level[name] = ("040000", self.put_paths(children))
        return self.put_tree(level)

    def put_commit(
        self,
        tree: str,
        parents: tuple[str, ...],
        author: Signature,
        message: str,
        committer: Signature | None = None,
    ) -> Commit:
        """Store a commit; the same content at the same dates has the same sha."""
        committer = committer or author
        head = "".join([f"tree {tree}\n", *(f"parent {parent}\n" for parent in parents)])
        text = f"{head}author {author.line()}\ncommitter {committer.line()}\n\n{message}"
        commit = Commit(object_sha("commit", text.encode()), tree, parents, author, committer, message)
        self.commits[commit.sha] = commit
        return commit

    def files(self, tree: str, prefix: str = "") -> Iterator[tuple[str, str, str]]:
        """Yield (path, mode, sha) of every blob below a tree."""
        for entry in self.trees[tree]:
            path = f"{prefix}{entry.name}"
            if entry.kind == "tree":
                yield from self.files(entry.sha, f"{path}/")
            else:
                yield path, entry.mode, entry.sha

    def listing(self, commit_sha: str) -> dict[str, str]:
        """Return path → blob sha of a commit."""
        return {path: sha for path, _, sha in self.files(self.commits[commit_sha].tree)}

    def commit_files(
        self,
        parent: str | None,
        files: Mapping[str, str | bytes | None],
        author: Signature,
        message: str,
    ) -> Commit:
        """Store a commit that changes `files` (None deletes) on top of `parent`."""
        paths: dict[str, tuple[str, str]] = {}
        if parent is not None:
            paths = {path: (mode, sha) for path, mode, sha in self.files(self.commits[parent].tree)}
        for path, content in files.items():
            if content is None:
                paths.pop(path, None)
            else:
                raw = content.encode() if isinstance(content, str) else content
                paths[path] = (FILE_MODE, self.put_blob(raw))
        return self.put_commit(self.put_paths(paths), (parent,) if parent else (), author, message)

    def resolve(self, ref: str) -> str | None:
        """Return the commit sha that a branch, a full ref, a tag or a sha names."""
        for name in (ref, f"refs/{ref}", f"refs/heads/{ref}", f"refs/tags/{ref}"):
            if name in self.refs:
                return self.refs[name]
        return ref if ref in self.commits else None

    def entry(self, commit_sha: str, path: str) -> Entry | None:
        """Return the tree entry at `path` (the root for ""), or None."""
        found = Entry("", "040000", self.commits[commit_sha].tree)
        for part in filter(None, path.split("/")):
            if found.kind != "tree":
                return None
            step = next((entry for entry in self.trees[found.sha] if entry.name == part), None)
            if step is None:
                return None
            found = step
        return found

    def ancestors(self, sha: str) -> list[str]:
        """Return `sha` and all before it, nearest first."""
        seen: dict[str, None] = {}
        todo = [sha]
        while todo:
            current = todo.pop(0)
            if current in seen:
                continue
            seen[current] = None
            todo += self.commits[current].parents
        return list(seen)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the nearest common ancestor."""
        theirs = set(self.ancestors(other))
        return next((sha for sha in self.ancestors(one) if sha in theirs), None)

    def commits_between(self, base: str, head: str) -> list[Commit]:
        """Return what `head` has and `base` has not, oldest first."""
        known = set(self.ancestors(base))
        return [self.commits[sha] for sha in reversed(self.ancestors(head)) if sha not in known]
