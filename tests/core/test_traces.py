"""Stack traces that people paste: the error, the frames, and which file of the repository each means."""

import pytest

from triagebot.core.logs.traces import Paths, Place, trace

PYTHON = """\
It crashes:
```
Traceback (most recent call last):
  File "/home/ann/venv/bin/parse", line 8, in <module>
    sys.exit(main())
  File "/home/ann/venv/lib/python3.11/site-packages/parser/cli.py", line 21, in main
    tree = parse(text)
  File "/home/ann/venv/lib/python3.11/site-packages/parser/core.py", line 7, in parse
    return tokens[0]
IndexError: list index out of range
```
"""
JS = """\
TypeError: Cannot read properties of undefined (reading 'length')
    at parse (/app/node_modules/other/index.js:3:1)
    at async Object.run (file:///app/src/run.mjs:17:3)
    at /app/src/main.js:4:1
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: no rules
\tat org.octo.Parser.parse(Parser.java:31)
\tat java.base/java.util.List.of(List.java:5)
"""
GO = """\
panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.parse(0xc000)
\t/home/ann/parser/main.go:17 +0x1d
main.main()
\t/home/ann/parser/main.go:9 +0x85
"""
RUST = """\
thread 'main' panicked at src/lib.rs:40:9:
no token
stack backtrace:
   0: rust_begin_unwind
             at /rustc/9fc6b/library/std/src/panicking.rs:652:5
   1: parser::parse
             at ./src/lib.rs:40:9
"""
RUBY = "/app/lib/parser.rb:12:in `parse': no token (RuntimeError)\n\tfrom /app/bin/run.rb:3:in `<main>'\n"
PHP = "PHP Fatal error: Uncaught Exception: no token in /app/src/P.php:3\nStack trace:\n#0 /app/src/Q.php(9): P->parse()\n"
DOTNET = "System.NullReferenceException: Object reference not set\n   at Octo.Parser.Parse(String s) in C:\\src\\Parser.cs:line 12\n"
GDB = "Program received signal SIGSEGV, Segmentation fault.\n#0  0x00401136 in parse (s=0x0) at src/parser.c:12\n#1  main () at main.c:3\n"


@pytest.mark.parametrize(
    ("text", "error", "frame", "count"),
    [
        (PYTHON, "IndexError: list index out of range", ("core.py", 7, "parse"), 3),
        (JS, "TypeError: Cannot read properties", ("index.js", 3, "parse"), 3),
        (JAVA, 'Exception in thread "main" java.lang', ("Parser.java", 31, "org.octo.Parser.parse"), 2),
        (GO, "panic: runtime error: index out", ("main.go", 17, "main.parse"), 2),
        (RUST, "thread 'main' panicked at src/lib.rs:40:9: no token", ("panicking.rs", 652, "rust_begin_unwind"), 2),
        (RUBY, "/app/lib/parser.rb:12:in `parse': no token (RuntimeError)", ("parser.rb", 12, "parse"), 2),
        (PHP, "PHP Fatal error: Uncaught Exception: no token", ("Q.php", 9, "P->parse"), 1),
        (DOTNET, "System.NullReferenceException: Object", ("Parser.cs", 12, "Octo.Parser.Parse(String s)"), 1),
        (GDB, "", ("parser.c", 12, "parse"), 2),
    ],
    ids=["python", "js", "java", "go", "rust", "ruby", "php", "dotnet", "gdb"],
)  # fmt: skip
def test_traces_of_many_languages_are_read(text, error, frame, count):
    found = trace(text)
    assert found is not None
    assert found.error.startswith(error)
    first = found.frames[0]
    assert first.path.endswith(frame[0])
    assert (first.line, first.function) == frame[1:]
    assert len(found.frames) == count


def test_prose_is_no_trace():
    assert trace("At 10:30 I looked at (main.c) and it said: error at line 12.\n" * 50) is None
    assert trace("") is None


def test_of_two_traces_the_deeper_one_counts_and_quotes_are_read_too():
    quoted = "".join(f"> {line}\n" for line in PYTHON.splitlines())
    found = trace(JAVA + "\n\n\n\n\n" + quoted)
    assert found is not None
    assert found.error.startswith("IndexError")


PATHS = Paths(
    ["src/parser/core.py", "src/parser/__init__.py", "tests/__init__.py", "main.go", "a/util.js", "b/util.js",
     "src/main/java/org/octo/Parser.java", "src/test/java/org/other/Parser.java"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("/x/site-packages/parser/core.py", 1), "src/parser/core.py"),
        (Place("C:\\work\\src\\parser\\core.py", 1), "src/parser/core.py"),
        (Place("/home/ann/main.go", 1), "main.go"),
        (Place("/app/util.js", 1), None),
        (Place("/app/b/util.js", 1), "b/util.js"),
        (Place("/x/other/__init__.py", 1), None),
        (Place("Parser.java", 1, "org.octo.Parser.parse"), "src/main/java/org/octo/Parser.java"),
        (Place("/etc/passwd", 1), None),
        (Place("../../..", 1), None),
    ],
)
def test_a_frame_means_the_file_that_agrees_in_most_parts(place, expected):
    assert PATHS.find(place) == expected


def test_a_quoted_trace_keeps_its_indentation():
    text = "goroutine 1 [running]:\nmain.parse(0x1)\n\t/home/a/src/parser.go:41 +0x1d"
    quoted = "\n".join(f"> {line}" for line in ["panic: no tokens", "", *text.split("\n")])
    found = trace(f"{quoted}\n\n/bot explain")
    assert found is not None
    assert (found.frames[0].path, found.frames[0].function) == ("/home/a/src/parser.go", "main.parse")
