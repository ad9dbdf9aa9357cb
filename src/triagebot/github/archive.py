"""A repository's files out of the archive that GitHub packs of a commit, one after the other.

`tarfile` reads in a thread and asks the event loop for each next piece of the download, so neither the
archive nor the files are ever held as a whole, and a slow reader slows the download down. The archive is
a stranger's: what it unpacks to is bounded as well as its size, and only plain paths of regular files
come out. GitHub leaves out what `.gitattributes` marks with `export-ignore`.
"""

from __future__ import annotations

import asyncio
import itertools
import tarfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from triagebot.core.errors import ArchiveTooLarge, Refused, Unavailable

LARGEST = 2**20
"""Bytes of the largest file that is taken out."""

_UNPACKED = 20
"""How many times its packed limit an archive may unpack to; text packs to a fifth."""

_LONGEST_NAME = 64 * 1024
_AT_ONCE = 64
T = TypeVar("T")


async def files(pieces: AsyncIterator[bytes], *, max_bytes: int) -> AsyncGenerator[tuple[str, bytes], None]:
    """Yield (path, content) of the files of a `.tar.gz`, without the folder that is around them all.

    Raises `ArchiveTooLarge` once more than `max_bytes` came in, or twenty times as many came out;
    `Refused` for what is no such archive; `Unavailable` if it breaks off.
    """
    feed = _Feed(pieces)
    entries = _entries(_Unpacked(feed.more, max_bytes))
    while batch := await feed.serve(lambda: list(itertools.islice(entries, _AT_ONCE))):
        for entry in batch:
            yield entry


class _Feed:
    """Lets a thread ask the event loop for the next piece, one question at a time."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self._asked: Future[bytes] | None = None
        self._ended = False

    async def serve(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread. When this is cancelled, the thread is freed before it returns."""
        running = self._loop.run_in_executor(None, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self._ended = True
            if self._asked:
                self._asked.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # nobody else looks at it
            raise

    def more(self) -> bytes:
        """Return the next piece, b"" at the end. Call it in the thread."""
        self._asked = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
        if self._ended:
            self._asked.cancel()
        return self._asked.result()

    async def _next(self) -> bytes:
        return await anext(self._pieces, b"")


class _Unpacked:
    """The unpacked archive as a file to read from, counted on both sides."""

    def __init__(self, more: Callable[[], bytes], max_bytes: int) -> None:
        self._more, self._max = more, max_bytes
        self._gunzip = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._came_in = self._came_out = 0

    def read(self, size: int) -> bytes:
        """Return `size` bytes; fewer at the end."""
        out = bytearray()
        while len(out) < size and not self._gunzip.eof:
            piece = self._gunzip.decompress(self._packed, size - len(out))
            self._packed = self._gunzip.unconsumed_tail
            out += piece
            if not piece and not self._packed and not self._gunzip.eof:
                self._packed = self._fetch()
        self._came_out += len(out)
        if self._came_out > self._max * _UNPACKED:
            raise ArchiveTooLarge(f"The archive unpacks to more than {self._max * _UNPACKED:,} bytes.")
        return bytes(out)

    def _fetch(self) -> bytes:
        packed = self._more()
        if not packed:
            raise Unavailable("The archive breaks off.")
        self._came_in += len(packed)
        if self._came_in > self._max:
            raise ArchiveTooLarge(f"The archive is larger than {self._max:,} bytes.")
        return packed


class _Member(tarfile.TarInfo):
    """A header; one that announces a name of megabytes is refused before it is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        found = super().frombuf(buf, encoding, errors)
        if found.size < 0 or (found.type in _NAMING and found.size > _LONGEST_NAME):
            raise tarfile.ReadError("a length that makes no sense")
        return found


_NAMING = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


def _entries(unpacked: _Unpacked) -> Iterator[tuple[str, bytes]]:
    source: Any = unpacked
    try:
        with tarfile.open(fileobj=source, mode="r|", tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                vars(archive)["members"].clear()  # it keeps them all, for a reader that can go back
                path = _path(member)
                if path and (content := archive.extractfile(member)):
                    yield path, content.read()
    except (tarfile.TarError, zlib.error, ValueError, OverflowError) as error:
        raise Refused(f"The archive cannot be read: {error}") from error


def _path(member: tarfile.TarInfo) -> str | None:
    """Return the path below the outermost folder of a file that is wanted, else None."""
    _, below, path = member.name.partition("/")
    if not below or not member.isreg() or member.issparse() or member.size > LARGEST:
        return None
    if any(part in ("", ".", "..") for part in member.name.split("/")):
        return None
    try:
        path.encode()
    except UnicodeEncodeError:  # not UTF-8: no database or JSON takes it
        return None
    return path
