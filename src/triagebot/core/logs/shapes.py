"""The shapes in which tools write their errors into a log, and how much each says about the cause.

The first shape that fits a line wins, so the particular ones stand before the general ones. Weights are
explained at `Clue`. A pattern's group `message` is what is wrong; an empty one says that it stands on a
later line. All patterns are tried from a line's beginning only, and repeat within bounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write an error. `hint` occurs in every line that fits, which spares most lines the pattern.

    The clue begins up to `before` lines earlier (never past an empty one) and ends where `end` fits,
    including that line if `inclusive`; without `end` it is the one line. One of the `within` lines after
    it must fit `needs`. `heading` fits the line above that names the file (`path`) for all below it. With `last`, what is wrong stands in the
    clue's last line.
    """

    tool: str
    weight: int
    hint: str
    pattern: re.Pattern[str]
    end: re.Pattern[str] | None = None
    inclusive: bool = False
    before: int = 0
    needs: re.Pattern[str] | None = None
    within: int = 4
    heading: re.Pattern[str] | None = None
    last: bool = False


def _shape(tool: str, weight: int, hint: str, pattern: str, end: str | None = None, *, needs: str | None = None, within: int = 4,
           before: int = 0, inclusive: bool = False, heading: str | None = None, last: bool = False) -> Shape:  # fmt: skip
    return Shape(
        tool, weight, hint, re.compile(pattern), None if end is None else re.compile(end), inclusive, before,
        None if needs is None else re.compile(needs), within, None if heading is None else re.compile(heading), last,
    )  # fmt: skip


_P = r"(?:[A-Za-z]:)?[\w./\\@+-]{1,300}"
_BLANK = r"\s*$"
_FRAME_JS = r"\s*(?:at |❯ ).{0,300}:\d{1,7}"
_NOT_TRACE = r"(?![ \t]|Traceback)(?=.)|\s*$"

SHAPES: tuple[Shape, ...] = (
    # --- Python: pytest's assertion lines, its summary, unittest, a bare traceback, linters ---
    _shape("pytest", 4, "E  ", r"E {2,8}(?P<message>\S.*)", r"_{3,}|={3,}|-{3,}", before=6),
    _shape("pytest", 3, "::", r"(?:FAILED|ERROR) (?P<message>\S{1,200}::\S.{0,400})"),
    _shape("pytest", 3, "ERROR", r"ERROR (?P<message>[\w./-]{1,200}\.py(?: - .{1,400})?)$"),
    _shape("unittest", 4, ": ", r"(?:FAIL|ERROR): (?P<message>\w{1,100} \([\w.]{1,200}\).{0,100})$", r"={10,}|Ran \d"),
    _shape("Python", 3, "Traceback", r"[\s+|]{0,20}(?:Exception Group )?Traceback \(most recent call last\):(?P<message>)", _NOT_TRACE, inclusive=True, last=True),
    _shape("ruff", 3, ".py", rf"(?P<message>{_P}\.pyi?:\d{{1,7}}:\d{{1,5}}: [A-Z]{{1,5}}\d{{3,4}}\b.{{0,400}})"),
    _shape("ruff", 3, " ", r"(?P<message>[A-Z]{1,5}\d{3,4} .{1,300})", _BLANK, needs=r"\s*--> \S+:\d", within=1),
    _shape("black", 3, "would reformat", r"would reformat (?P<message>\S.{0,300})"),
    # --- JavaScript: jest, vitest, mocha and whatever else throws, tsc, eslint, node ---
    _shape("jest", 4, "● ", r"\s{0,4}● (?!Console)(?P<message>.{1,300})$", _FRAME_JS, needs=r"\s+\S", within=3, inclusive=True),
    _shape("vitest", 4, "FAIL", r"\s{0,3}FAIL\s{1,3}(?P<message>\S{1,200} > .{1,300})$", _FRAME_JS, inclusive=True),
    _shape("tsc", 4, "error TS", rf"{_P}(?:\(\d{{1,7}},\d{{1,5}}\):|:\d{{1,7}}:\d{{1,5}} -) error (?P<message>TS\d{{3,6}}: .{{1,500}})"),
    _shape("eslint", 4, "error", r"\s{1,8}(?P<line>\d{1,7}):\d{1,5}\s{1,6}error\s{1,6}(?P<message>\S.{1,400})$",
           heading=r"(?P<path>(?:[A-Za-z]:)?[\w./\\@+~ -]{1,300}\.\w{1,8})$"),
    _shape("mocha", 4, ") ", r"\s{1,12}\d{1,4}\) \S.{0,200}(?P<message>)$", _FRAME_JS, needs=r"\s+(?:\w{0,60}Error|Error)\b", within=5, inclusive=True),
    _shape("npm", 1, "npm", r"npm (?:ERR!|error) (?P<message>code ELIFECYCLE|Lifecycle script .{1,200})"),
    _shape("npm", 3, "npm", r"npm (?:ERR!|error) (?P<message>code E\w{2,40})", r"(?!npm )", ),
    _shape("pnpm", 3, "ERR_PNPM", r".{0,10}(?P<message>ERR_PNPM_\w{1,60}.{0,300})"),
    _shape("node", 3, "Cannot find module", r"\s{0,4}(?:Error: |Error \[\w{1,40}\]: )?(?P<message>Cannot find module .{1,300})", _BLANK),
    _shape("node", 3, "heap out of memory", r".{0,80}(?P<message>JavaScript heap out of memory)"),
    _shape("JavaScript", 3, "Error", r"\s{0,8}(?:Uncaught )?(?P<message>\w{0,60}Error(?: \[\w{1,60}\])?: .{1,500})", r"(?!\s*at )(?=.*\S)(?!\s)|\s*$",
           needs=r"\s+at .{1,300}:\d{1,7}", within=12),
    # --- Go ---
    _shape("go test", 4, "--- FAIL", r"\s{0,12}--- FAIL: (?P<message>\S{1,200})(?: \(|$)", r"\s{0,12}--- |FAIL|PASS|ok\s|={3}", needs=r"\s{4,}[\w./-]{1,200}\.go:\d", within=1),
    _shape("go", 4, "panic: ", r"(?P<message>panic: .{1,400})", r"exit status|FAIL\s"),
    _shape("go build", 4, ".go:", r"(?:vet: )?(?:\./)?(?P<message>[\w./-]{1,200}\.go:\d{1,7}:\d{1,5}: .{1,400})"),
    _shape("go test", 3, "--- FAIL", r"\s{0,12}--- FAIL: (?P<message>\S{1,200})(?: \(|$)"),
    _shape("go test", 1, "FAIL", r"FAIL(?:\s|$)(?P<message>)"),
    # --- Rust ---
    _shape("rustc", 4, "error", r"error(?:\[E\d{1,6}\])?: (?P<message>.{1,400})", _BLANK, needs=r"\s*--> \S{1,300}:\d", within=2),
    _shape("cargo test", 4, "panicked at", r"(?P<message>thread '.{1,200}' (?:\(\d{1,10}\) )?panicked at .{1,400})", r"note: |\s*$|stack backtrace"),
    _shape("cargo", 1, "error: ", r"error: (?P<message>could not compile .{1,200}|test failed, .{1,200}|process didn't exit .{1,200}|aborting due to .{1,200})"),
    _shape("cargo", 3, "error: ", r"error: (?P<message>failed to (?:select|resolve|parse|load|get) .{1,300}|no matching package .{1,200})", _BLANK),
    _shape("rustfmt", 3, "Diff in", r"Diff in (?P<message>\S{1,300}(?: at line |:)\d{1,7})"),
    # --- C and C++, MSVC and C#, linkers, make, cmake ---
    _shape("compiler", 4, "error", rf"(?P<message>{_P}:\d{{1,7}}(?::\d{{1,5}})?: (?:fatal |internal compiler )?error: .{{1,500}})", r"\S|\s*$"),
    _shape("compiler", 4, "error", rf"\s{{0,4}}(?P<message>{_P}\(\d{{1,7}}(?:,\d{{1,5}}){{0,3}}\)\s?: (?:fatal )?error [A-Z]{{1,6}}\d{{1,6}}: .{{1,500}})"),
    _shape("linker", 3, "undefined ", r".{0,300}(?P<message>undefined (?:reference to|symbols?:?) .{1,300})"),
    _shape("linker", 3, "cannot find -l", r".{0,100}(?P<message>cannot find -l\S{1,100}.{0,200})"),
    _shape("cmake", 4, "CMake Error", r"(?P<message>CMake Error.{0,300})", r"\S"),
    _shape("sanitizer", 4, "Sanitizer: ", r".{0,60}ERROR: (?P<message>\w{1,40}Sanitizer: .{1,300})", r"SUMMARY|\s*$"),
    _shape("make", 1, "*** ", r"g?make(?:\[\d{1,4}\])?: (?P<message>\*\*\* .{1,300})"),
    _shape("ninja", 1, "ninja: ", r"(?P<message>ninja: build stopped.{0,200})"),
    # --- Java, Kotlin ---
    _shape("maven", 4, "[ERROR]", rf"\[ERROR\]\s{{1,4}}(?P<message>{_P}\.\w{{2,6}}:\[\d{{1,7}},\d{{1,5}}\] .{{1,400}})", r"\[(?!ERROR\]\s{2,})|\s*$"),
    _shape("maven", 4, "[ERROR]", r"\[ERROR\]\s{1,6}(?P<message>[\w.$]{1,200}:\d{1,7}(?:->[\w.$]{1,100}:\d{1,7}){0,8} .{1,400})"),
    _shape("maven", 3, "[ERROR]", r"\[ERROR\] (?:[\w.-]{1,100}: )?(?P<message>(?:Failed to execute goal .{0,200})?Could not resolve .{1,400})"),
    _shape("maven", 2, "[ERROR]", r"\[ERROR\] (?P<message>Failed to execute goal .{1,400})"),
    _shape("maven", 1, "[ERROR]", r"\[ERROR\](?P<message>.{0,400})"),
    _shape("kotlin", 4, "e: ", rf"e: (?:file://)?(?P<message>{_P}\.kts?:(?: \(\d{{1,7}}, \d{{1,5}}\)|\d{{1,7}}:\d{{1,5}}).{{1,400}})"),
    _shape("junit", 4, " FAILED", r"\s{0,4}(?P<message>[\w.$]{1,200} > .{1,200} FAILED)$", _BLANK),
    _shape("gradle", 3, "What went wrong", r"\* What went wrong:(?P<message>)", r"\* Try:|\s*$"),
    _shape("gradle", 1, "> Task", r"> Task (?P<message>:\S{1,200} FAILED)"),
    _shape("Java", 3, ":", r"(?:Exception in thread \"[^\"]{0,100}\" |Caused by: )?(?P<message>(?:[\w$]{1,80}\.){1,12}[\w$]{0,80}(?:Exception|Error)\b.{0,400})",
           r"(?!\s+at |Caused by)", needs=r"\s+at (?:[\w.@-]{1,100}/)?[\w$.<>]{1,300}\(", within=3),
    # --- Ruby, PHP, .NET, Swift ---
    _shape("rspec", 4, "Failure/Error", r"\s{1,8}Failure/Error: (?P<message>.{1,300})", r"\s+# \S+:\d", inclusive=True),
    _shape("phpunit", 4, "::", r"\d{1,4}\) (?P<message>[\w\\]{1,200}::\w{1,200}.{0,100})$", r"\S+\.php:\d", inclusive=True),
    _shape("PHP", 4, "PHP ", r"PHP (?P<message>(?:Fatal|Parse) error: .{1,400})"),
    _shape("dotnet test", 4, "[FAIL]", r"\s{0,8}(?:\[xUnit[^\]]{0,60}\]\s{1,8})?(?P<message>\S{1,300}\s{0,4}\[FAIL\])", r"\s*at .{1,300}:line \d", inclusive=True),
    # --- What cannot be had: packages, programs, memory, disks, networks ---
    _shape("pip", 3, "ERROR: ", r"\s{0,4}ERROR: (?P<message>(?:Could not (?:find|install|build)|No matching|Cannot (?:install|uninstall)|ResolutionImpossible|Failed (?:building|to build)|Package |Ignored |Invalid requirement).{0,400})", r"(?!\s|ERROR: |The conflict)(?=.)|\s*$"),
    _shape("uv", 3, "No solution found", r"\s{0,4}×? ?(?P<message>No solution found .{1,300})", r"\s{0,2}[\w\[]|\s*$"),
    _shape("resolver", 3, "version solving failed", r"(?P<message>.{0,300}version solving failed.{0,100})"),
    _shape("apt", 3, "E: ", r"(?P<message>E: .{1,300})"),
    _shape("docker", 3, "failed to solve", r"(?:ERROR: |error: )?(?P<message>failed to solve: .{1,400})"),
    _shape("terraform", 3, "Error: ", r"[│╷ ]{1,4}(?P<message>Error: .{1,300})", r"╵|\s*$"),
    _shape("shell", 3, "command not found", r"(?P<message>.{1,200}: command not found)"),
    _shape("shell", 3, "No space left on device", r"(?P<message>.{0,300}No space left on device.{0,100})"),
    _shape("shell", 3, "egmentation fault", r"(?P<message>.{0,200}[Ss]egmentation fault.{0,100})"),
    _shape("memory", 3, "illed", r"(?P<message>(?:.{0,100}\b(?:OOMKilled|Out of memory|oom-kill).{0,100}|.{0,80}\bKilled\b.{0,60}))$"),
    _shape("git", 3, "fatal: ", r"(?P<message>fatal: .{1,300})"),
    *(
        _shape("network", 3, words, rf"(?P<message>.{{0,200}}{words}.{{0,200}})")
        for words in ("Could not resolve host", "Temporary failure in name resolution", "Connection timed out",
                      "Connection refused", "Connection reset", "toomanyrequests", "429 Too Many Requests", "ETIMEDOUT",
                      "ECONNRESET", "ECONNREFUSED")
    ),
    # --- GitHub Actions' own words, then anything that calls itself an error ---
    _shape("GitHub Actions", 1, "xit code", r"(?:##\[error\]|Error: )?(?P<message>Process completed with exit code \d{1,4}\.?)$"),
    _shape("GitHub Actions", 3, "##[error]", r"##\[error\](?P<message>.{0,100}(?:exceeded the maximum execution time|lost communication|shutdown signal|was not found|Unable to resolve action).{0,200})"),
    _shape("GitHub Actions", 2, "##[error]", r"##\[error\](?P<message>.{1,500})"),
    _shape("log", 1, "xit", r"(?P<message>(?:.{0,100}\b)?(?:exited with (?:code|status)|exit (?:code|status)):? [1-9]\d{0,2}\.?)$"),
    _shape("log", 2, "rror", r"(?![Nn]o |0 |[Ww]ithout )(?:\S{1,60} ){0,2}\[?(?:ERROR|Error|error)\]?(?:\[[\w-]{1,40}\])?[:!]? (?P<message>\S.{2,400})", r"\S|\s*$"),
    _shape("log", 2, "FATAL", r".{0,60}\bFATAL\b[:\]]? ?(?P<message>.{1,300})"),
)  # fmt: skip
"""All shapes, the first that fits wins."""
