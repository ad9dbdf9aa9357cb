"""What logs of real tools' shapes say of why they failed: the first real error, not the last line."""

from __future__ import annotations

import random

import pytest

from triagebot.core.logs import clues, read

PYTEST = """\
2026-11-20T08:01:02.1234567Z ##[group]Run pytest
2026-11-20T08:01:03.1234567Z \x1b[36;1mpytest\x1b[0m
2026-11-20T08:01:03.1234567Z ##[endgroup]
2026-11-20T08:01:04.1234567Z tests/test_errors.py ....                    [ 40%]
2026-11-20T08:01:04.1234567Z tests/test_parser.py ..F                     [100%]
2026-11-20T08:01:04.1234567Z
2026-11-20T08:01:04.1234567Z =================================== FAILURES ===================================
2026-11-20T08:01:04.1234567Z ______________________________ test_parse_empty ______________________________
2026-11-20T08:01:04.1234567Z
2026-11-20T08:01:04.1234567Z     def test_parse_empty():
2026-11-20T08:01:04.1234567Z >       assert parse("") == []
2026-11-20T08:01:04.1234567Z \x1b[1m\x1b[31mE       AssertionError: assert None == []\x1b[0m
2026-11-20T08:01:04.1234567Z \x1b[1m\x1b[31mE        +  where None = parse('')\x1b[0m
2026-11-20T08:01:04.1234567Z
2026-11-20T08:01:04.1234567Z \x1b[1m\x1b[31mtests/test_parser.py\x1b[0m:12: AssertionError
2026-11-20T08:01:04.1234567Z =========================== short test summary info ============================
2026-11-20T08:01:04.1234567Z FAILED tests/test_parser.py::test_parse_empty - AssertionError: assert None == []
2026-11-20T08:01:04.1234567Z ========================= 1 failed, 41 passed in 0.33s =========================
2026-11-20T08:01:04.1234567Z ##[error]Process completed with exit code 1.
"""

UNITTEST = """\
test_ok (tests.test_a.TestA.test_ok) ... ok
test_sum (tests.test_a.TestA.test_sum) ... FAIL

======================================================================
FAIL: test_sum (tests.test_a.TestA.test_sum)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/srv/ci/work/parser/parser/tests/test_a.py", line 9, in test_sum
    self.assertEqual(total([1, 2]), 4)
AssertionError: 3 != 4

----------------------------------------------------------------------
Ran 2 tests in 0.001s

FAILED (failures=1)
"""

TRACEBACK = """\
Collecting data
Traceback (most recent call last):
  File "/srv/ci/work/parser/parser/scripts/build.py", line 31, in <module>
    main()
  File "/srv/ci/work/parser/parser/src/build.py", line 7, in main
    read(path)
  File "/usr/lib/python3.11/pathlib.py", line 1059, in read_text
    with self.open() as f:
FileNotFoundError: [Errno 2] No such file or directory: 'rules.txt'
make: *** [Makefile:4: docs] Error 1
"""

JEST = """\
PASS src/lexer.test.ts
FAIL src/parser.test.ts
  ● parse › handles empty input

    expect(received).toEqual(expected) // deep equality

    Expected: []
    Received: undefined

      10 | test("handles empty input", () => {
    > 11 |   expect(parse("")).toEqual([]);
         |                     ^
      12 | });

      at Object.<anonymous> (src/parser.test.ts:11:21)
      at Promise.finally.completed (node_modules/jest-circus/build/run.js:3:1)

Test Suites: 1 failed, 1 passed, 2 total
npm error Lifecycle script `test` failed with error:
npm error code 1
"""

VITEST = """\
 ✓ src/lexer.test.ts (4 tests) 3ms
 ❯ src/parser.test.ts (2 tests | 1 failed) 5ms
⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  src/parser.test.ts > parse > handles empty input
AssertionError: expected undefined to deeply equal []
 ❯ src/parser.test.ts:11:21
      9| describe("parse", () => {
"""

MOCHA = """\
  parse
    ✓ handles words
    1) handles empty input


  1 passing (5ms)
  1 failing

  1) parse
       handles empty input:
     TypeError: Cannot read properties of undefined (reading 'length')
      at parse (src/parser.js:4:12)
      at Context.<anonymous> (test/parser.js:11:12)
"""

NODE = """\
> node scripts/build.js

/srv/ci/work/parser/parser/scripts/build.js:3
const x = require("./missing");
Error: Cannot find module './missing'
Require stack:
- /srv/ci/work/parser/parser/scripts/build.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)
"""

TSC = """\
> tsc --noEmit

src/parser.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.
src/other.ts(3,1): error TS2304: Cannot find name 'foo'.
##[error]Process completed with exit code 2.
"""

ESLINT = """\

/srv/ci/work/parser/parser/src/parser.ts
   3:10  warning  'a' is defined but never used  no-unused-vars
  14:7   error    'b' is assigned a value but never used  no-unused-vars

✖ 2 problems (1 error, 1 warning)
"""

GO_TEST = """\
=== RUN   TestParse
=== RUN   TestParse/empty
--- FAIL: TestParse (0.00s)
    --- FAIL: TestParse/empty (0.00s)
        parser_test.go:21: Parse("") = nil, want []
FAIL
FAIL\tgithub.com/octo/parser\t0.004s
FAIL
"""

GO_BUILD = """\
# github.com/octo/parser/lexer
lexer/lexer.go:33:9: undefined: tokenise
lexer/lexer.go:40:2: missing return
##[error]Process completed with exit code 1.
"""

GO_PANIC = """\
panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.parse(...)
\t/srv/ci/work/parser/parser/main.go:17 +0x1d
main.main()
\t/srv/ci/work/parser/parser/main.go:9 +0x85
exit status 2
"""

RUSTC = """\
   Compiling parser v0.1.0 (/srv/ci/work/parser/parser)
warning: unused variable: `x`
 --> src/lib.rs:3:9
error[E0308]: mismatched types
  --> src/lib.rs:12:5
   |
12 |     "a"
   |     ^^^ expected `i32`, found `&str`

error: could not compile `parser` (lib) due to 1 previous error
"""

CARGO_TEST = """\
running 2 tests
test tests::ok ... ok
test tests::empty ... FAILED

failures:

---- tests::empty stdout ----
thread 'tests::empty' panicked at src/lib.rs:40:9:
assertion `left == right` failed
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

error: test failed, to rerun pass `--lib`
"""

GCC = """\
[ 33%] Building C object CMakeFiles/parser.dir/src/parser.c.o
In file included from src/parser.c:1:
src/parser.c: In function 'parse':
src/parser.c:27:12: error: 'token' undeclared (first use in this function)
   27 |     return token;
      |            ^~~~~
make[2]: *** [CMakeFiles/parser.dir/build.make:76: CMakeFiles/parser.dir/src/parser.c.o] Error 1
make: *** [Makefile:136: all] Error 2
"""

LINKER = """\
/usr/bin/ld: main.o: in function `main':
main.c:(.text+0x14): undefined reference to `parse'
collect2: error: ld returned 1 exit status
make: *** [Makefile:3: app] Error 1
"""

MAVEN = """\
[INFO] Compiling 12 source files
[ERROR] COMPILATION ERROR :
[ERROR] /srv/ci/work/parser/parser/src/main/java/org/octo/Parser.java:[31,9] cannot find symbol
[ERROR]   symbol:   variable token
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile (default-compile) on project parser
[ERROR] -> [Help 1]
"""

SUREFIRE = """\
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.04 s <<< FAILURE! -- in org.octo.ParserTest
[ERROR] Failures:
[ERROR]   ParserTest.parsesEmpty:17 expected: <[]> but was: <null>
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:3.2.5:test
"""

GRADLE = """\
> Task :compileJava FAILED
/srv/ci/work/parser/parser/src/main/java/org/octo/Parser.java:31: error: cannot find symbol
        return token;
               ^
  symbol:   variable token
1 error

FAILURE: Build failed with an exception.

* What went wrong:
Execution failed for task ':compileJava'.
"""

JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: no rules
\tat org.octo.Parser.parse(Parser.java:31)
\tat org.octo.Main.main(Main.java:8)
Caused by: java.io.IOException: rules.txt
\tat org.octo.Rules.read(Rules.java:12)
\t... 2 more
"""

NPM = """\
npm error code ERESOLVE
npm error ERESOLVE unable to resolve dependency tree
npm error
npm error Found: react@19.0.0
npm error Could not resolve dependency:
npm error peer react@"^18.0.0" from some-lib@2.1.0
##[error]Process completed with exit code 1.
"""

PIP = """\
Collecting flask==9.9
  ERROR: Could not find a version that satisfies the requirement flask==9.9 (from versions: 2.0, 3.0)
ERROR: No matching distribution found for flask==9.9
##[error]Process completed with exit code 1.
"""

MYPY = """\
src/parser.py:14: error: Incompatible return value type (got "None", expected "list[str]")  [return-value]
Found 1 error in 1 file (checked 12 source files)
"""

RUFF = """\
F401 [*] `os` imported but unused
 --> src/parser.py:1:8
  |
1 | import os
  |        ^^

Found 1 error.
"""

MSVC = r"""
  parser.cpp
D:\a\parser\parser\src\parser.cpp(12,5): error C2065: 'token': undeclared identifier [D:\a\parser\parser\parser.vcxproj]
"""

RSPEC = """\
Failures:

  1) Parser parses nothing
     Failure/Error: expect(Parser.parse("")).to eq([])

       expected: []
            got: nil
     # ./spec/parser_spec.rb:6:in `block (2 levels) in <top (required)>'
"""

KILLED = """\
Linking
/srv/ci/work/_temp/x.sh: line 1:  2013 Killed                  cargo build
##[error]Process completed with exit code 137.
"""

ONLY_ACTIONS = """\
Run some/action@v9
##[error]Unable to resolve action `some/action@v9`, unable to find version `v9`
"""

ONLY_CODE = "doing things\n##[error]Process completed with exit code 3.\n"

CASES = {
    "pytest": (PYTEST, "pytest", "AssertionError: assert None == []", ("tests/test_parser.py", 12)),
    "unittest": (UNITTEST, "unittest", "test_sum (tests.test_a.TestA.test_sum)", ("tests/test_a.py", 9)),
    "traceback": (TRACEBACK, "Python", "FileNotFoundError: [Errno 2]", ("src/build.py", 7)),
    "jest": (JEST, "jest", "parse › handles empty input", ("src/parser.test.ts", 11)),
    "vitest": (VITEST, "vitest", "src/parser.test.ts > parse > handles empty input", ("src/parser.test.ts", 11)),
    "mocha": (MOCHA, "mocha", "", ("src/parser.js", 4)),
    "node": (NODE, "node", "Cannot find module './missing'", None),
    "tsc": (TSC, "tsc", "TS2322: Type 'string'", ("src/parser.ts", 12)),
    "eslint": (ESLINT, "eslint", "'b' is assigned a value", ("src/parser.ts", 14)),
    "go test": (GO_TEST, "go test", "TestParse/empty", ("parser_test.go", 21)),
    "go build": (GO_BUILD, "go build", "lexer/lexer.go:33:9: undefined: tokenise", ("lexer/lexer.go", 33)),
    "go panic": (GO_PANIC, "go", "panic: runtime error: index out of range", ("main.go", 17)),
    "rustc": (RUSTC, "rustc", "mismatched types", ("src/lib.rs", 12)),
    "cargo test": (CARGO_TEST, "cargo test", "thread 'tests::empty' panicked at src/lib.rs:40:9:", ("src/lib.rs", 40)),
    "gcc": (GCC, "compiler", "'token' undeclared", ("src/parser.c", 27)),
    "linker": (LINKER, "linker", "undefined reference to `parse'", None),
    "maven": (MAVEN, "maven", "cannot find symbol", ("org/octo/Parser.java", 31)),
    "surefire": (SUREFIRE, "maven", "ParserTest.parsesEmpty:17 expected: <[]>", None),
    "gradle": (GRADLE, "compiler", "cannot find symbol", ("org/octo/Parser.java", 31)),
    "java": (JAVA, "Java", "java.lang.IllegalStateException: no rules", ("Parser.java", 31)),
    "npm": (NPM, "npm", "code ERESOLVE", None),
    "pip": (PIP, "pip", "Could not find a version", None),
    "mypy": (MYPY, "compiler", "Incompatible return value type", ("src/parser.py", 14)),
    "ruff": (RUFF, "ruff", "F401 [*] `os` imported but unused", ("src/parser.py", 1)),
    "msvc": (MSVC, "compiler", "error C2065: 'token'", ("parser.cpp", 12)),
    "rspec": (RSPEC, "rspec", 'expect(Parser.parse("")).to eq([])', ("spec/parser_spec.rb", 6)),
    "killed": (KILLED, "memory", "Killed", None),
    "actions": (ONLY_ACTIONS, "GitHub Actions", "Unable to resolve action", None),
    "exit code": (ONLY_CODE, "GitHub Actions", "Process completed with exit code 3", None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_first_real_error_is_found(case: str):
    log, tool, message, place = CASES[case]
    noise = "".join(f"2026-11-20T08:00:00.0000000Z step {n} of the error handling ok\n" for n in range(50))
    for text in (log, noise + log):
        found = clues(text)
        assert found, "nothing was found"
        best = found[0]
        assert (best.tool, message in best.message) == (tool, True), best
        if place is None:
            assert not best.places or best.places[0].path not in ("", None)
        else:
            assert best.places[0].path.replace("\\", "/").endswith(place[0]), best
            assert best.places[0].line == place[1]


def test_the_lines_are_shown_as_a_person_would_read_them():
    best = clues(PYTEST)[0]
    assert best.lines[:2] == ("    def test_parse_empty():", '>       assert parse("") == []')
    assert best.lines[-1] == "tests/test_parser.py:12: AssertionError"
    assert not any("\x1b" in line or "2026-" in line for line in best.lines)
    assert read("a\rb\x1b[0m  \n")[0] == "b"


def test_what_follows_from_an_error_comes_after_it():
    weights = [clue.weight for clue in clues(GCC)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == 1


@pytest.mark.parametrize(
    "quiet", ["", "all good\n" * 1000, "test_error_handling PASSED\n0 errors, 0 failures\nno error: fine\n"]
)
def test_a_log_without_an_error_says_nothing(quiet: str):
    assert clues(quiet) == []


PIECES = [
    "E   ", "Error: ", "\tat x", "error[E1]: ", " --> ", "(", ")", "a" * 300, "/", ".", "::", "FAILED ", "● ", " > ",
    "Traceback (most recent call last):", 'File "', '", line 1', "\x1b[", "\x1b]", "\r", "  ", "12:3", "\\", "@", "panic: ",
    "[ERROR] ", "thread '", "' panicked at ", "make: *** ", "##[error]", "e: ", "-", "npm error code E", "E: ", " exit code 1",
]  # fmt: skip


def test_no_log_takes_long_or_breaks_it():
    dice = random.Random(7)
    lines = ["".join(dice.choices(PIECES, k=dice.randint(1, 60))) for _ in range(3_000)]
    assert len(clues("\n".join(lines))) <= 5
    for piece in PIECES:
        clues(piece * 3_000 + "\n" + (piece + "\n") * 300)


def test_what_a_long_progress_bar_ends_with_is_read():
    bar = "".join(f"\r {n}% [{'=' * 60}]" for n in range(100))
    assert clues(f"{bar}\rE   ValueError: no tokens\r\n")[0].message == "ValueError: no tokens"
