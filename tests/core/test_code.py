"""What parsing tells of correct files, of wrong ones, and of files made to break a parser."""

import warnings

import pytest
from ast_grep_py import SgRoot

from triagebot.core import code
from triagebot.core.code.grammars import GRAMMARS
from triagebot.core.code.languages import LANGUAGES

SOURCES = {
    "python": (
        (
            "__all__ = ['A', 'go']\nLIMIT = 3\n@dec\nclass A(B):\n    X = 1\n    async def run(self, a,\n          b) -> int:\n"
            "        def inner(): pass\n    def _own(self): pass\ndef go(): pass\ndef left_out(): pass\ntype T = int\n"
        ),
        (
            "constant __all__, constant LIMIT, class A +, method A.run +, function run.inner, method A._own,"
            " function go +, function left_out, type T"
        ),
    ),
    "typescript": (
        (
            "export const f = async (a: number) => { const local = 1; return 1 };\nconst K = 3;\n"
            "export default class A<T> extends B { private x = 1; static m(a: string): void {} #p() {} protected w() {} }\n"
            "export interface I { a: string }\nenum E { A }\ntype T = string;\nfunction g() {}\nexport { g };\n"
        ),
        (
            "function f +, constant K, class A +, method A.m +, method A.#p, method A.w, interface I +, enum E, type T,"
            " function g +"
        ),
    ),
    "javascript": (
        "function a() {}\nfunction b() {}\nconst c = () => 1;\nmodule.exports = { a, c };\nexports.d = function () {};\n",
        "function a +, function b, function c +, function d +",
    ),
    "tsx": ("export function Button() { return <b>hi</b> }\n", "function Button +"),
    "go": (
        (
            "package x\nconst A, b = 1, 2\nvar (\n\tC int\n)\ntype (\n\tS struct{ x int }\n\tI interface{ M() }\n)\n"
            "func (s *S) Run(a int) error { return nil }\nfunc (g *G[T]) walk() {}\nfunc New() {}\n"
        ),
        "constant A +, constant b, variable C +, struct S +, interface I +, method S.Run +, method G.walk, function New +",
    ),
    "rust": (
        (
            "pub struct S<T> { a: T }\nenum E { A }\npub trait T { fn a(&self); }\n"
            "impl<T> S<T> { pub fn m(&self) -> u8 { 1 } fn p() {} }\nimpl T for S<u8> { fn a(&self) {} }\n"
            "pub const K: u8 = 1;\n#[macro_export]\nmacro_rules! mm { () => {} }\nmod elsewhere;\npub mod q { pub fn z() {} }\n"
        ),
        (
            "struct S +, enum E, interface T +, method T.a +, method S.m +, method S.p, method S.a, constant K +,"
            " macro mm +, module q +, function q.z +"
        ),
    ),
    "java": (
        (
            "public class A {\n  public static final int K = 1;\n  private int z;\n  @Override public int m(int a) { return 1; }\n"
            "  void n() {}\n  public interface I { void q(); }\n  record R(int a) {}\n}\n"
        ),
        "class A +, constant A.K +, method A.m +, method A.n, interface A.I +, method I.q +, class A.R",
    ),
    "c": (
        (
            "#define M 1\nstatic int f(int a) { return a; }\nint *g(void) { return 0; }\nstruct s { int a; };\nstruct s *other;\n"
            "typedef int (*fp)(int);\nenum e { A };\n"
        ),
        "macro M +, function f, function g +, struct s +, type fp +, enum e +",
    ),
    "cpp": (
        (
            "namespace n { namespace { int h() { return 1; } }\ntemplate <class T> class A { int z() { return 1; } public: int k()"
            " { return 1; } private: int p() { return 2; } };\nint A::m() { return 1; }\nusing X = int;\n}\n"
        ),
        "module n +, function h, class n.A +, method A.z, method A.k +, method A.p, method A.m +, type n.X +",
    ),
    "csharp": (
        (
            "namespace N {\npublic class A { public const int K = 1; public int M(int a) { return 1; } private void Q() {} }\n"
            "internal struct S {}\npublic enum E { A }\n}\n"
        ),
        "module N +, class N.A +, constant A.K +, method A.M +, method A.Q, struct N.S, enum N.E +",
    ),
    "ruby": (
        (
            "module M\n  class A < B\n    K = 1\n    def m(a); end\n    def self.s; end\n    private def z; end\n    private\n"
            "    def p; end\n  end\nend\n"
        ),
        "module M +, class M.A +, constant A.K +, method A.m +, method A.s +, method A.z, method A.p",
    ),
    "php": (
        (
            "<?php\nconst K = 1;\nfunction f($a) { return 1; }\nabstract class A { public function m(): int { return 1; }"
            " private function p() {} function q() {} }\ninterface I {}\ntrait T {}\n"
        ),
        "constant K +, function f +, class A +, method A.m +, method A.p, method A.q +, interface I +, class T +",
    ),
    "kotlin": (
        (
            "const val K = 1\nclass A {\n  fun m(a: Int): Int = 1\n  private fun p() {}\n}\ninterface I { fun z() }\n"
            "enum class E { A }\ntypealias T = Int\ninternal fun g() {}\n"
        ),
        "constant K +, class A +, method A.m +, method A.p, interface I +, method I.z +, enum E +, type T +, function g",
    ),
    "swift": (
        (
            "public class A { public func m(a: Int) -> Int { return 1 }\n private func p() {} }\nstruct S {}\n"
            "extension S { func q() {} }\npublic protocol P { func z() }\npublic let k = 1\n"
        ),
        "class A +, method A.m +, method A.p, struct S, method S.q, interface P +, method P.z +, constant k +",
    ),
    "scala": (
        "object O { def f(a: Int): Int = 1 }\nclass A { private def p() = 1 }\ntrait T { def z: Int }\ntype X = Int\n",
        "class O +, method O.f +, class A +, method A.p, interface T +, method T.z +, type X +",
    ),
    "lua": (
        "local M = {}\nfunction M.f(a) end\nlocal function g() end\nreturn M\n",
        "method M.f +, function g",
    ),
    "bash": ("foo() { echo; }\nfunction _bar { echo; }\n", "function foo +, function _bar"),
}


def told(source: str, language: str) -> str:
    return ", ".join(
        f"{one.kind} {one.parent + '.' if one.parent else ''}{one.name}{' +' if one.public else ''}"
        for one in code.definitions(source, language)
    )


@pytest.mark.parametrize("language", SOURCES)
def test_definitions_and_what_is_for_others(language):
    source, expected = SOURCES[language]
    assert told(source, language) == expected
    assert code.errors(source, language) == ()


def test_every_language_with_definitions_is_shown_here():
    assert set(SOURCES) == set(GRAMMARS)


@pytest.mark.parametrize("language", GRAMMARS)
def test_the_grammars_know_every_kind_of_node(language):
    grammar = GRAMMARS[language]
    tree = SgRoot("a", language).root()
    kinds = {*grammar.defines, *grammar.constants, *grammar.identifiers, *grammar.imports, *grammar.bodies}
    for kind in kinds | grammar.calls | grammar.scopes:
        tree.find_all(kind=kind)  # raises for a kind that the grammar does not have


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_parser_knows_every_language(language):
    SgRoot("", language)


@pytest.mark.parametrize(
    ("path", "first_line", "expected"),
    [
        ("a/b.py", "", "python"),
        ("a/B.TSX", "", "tsx"),
        ("include/x.h", "", "c"),
        ("Gemfile", "", "ruby"),
        ("bin/run", "#!/usr/bin/env -S python3 -u", "python"),
        ("bin/run", "#!/bin/sh", "bash"),
        ("bin/run", "#!/usr/bin/perl", None),
        ("notes.txt", "#!/bin/sh", None),
        (".py", "", None),
        ("a.py.j2", "", None),
        ("", "", None),
    ],
)
def test_the_language_of_a_file(path, first_line, expected):
    assert code.language(path, first_line) == expected


def test_signatures_are_one_short_line():
    source = "@cache\ndef f(a,\n      b: int = 3) -> str:\n    return ''\n" + f"def g({'x' * 300}): pass\n"
    first, second = code.definitions(source, "python")
    assert (first.signature, first.start, first.end) == ("def f(a, b: int = 3) -> str", 1, 4)
    assert len(second.signature) == 200


@pytest.mark.parametrize(
    ("language", "source", "line"),
    [
        ("python", "def f():\n    return (1\n\n\nx = 2\n", 2),
        ("python", "def f()\n    pass\n", 1),
        # the grammar reads these as Python
        ("python", "class A:\n    def f(self):\n            x = 1\n        return x\n", 4),
        ("python", "def f():\n    x = 1\n        y = 2\n", 3),
        ("python", "def f():\nx = 1\n", 2),
        ("python", "def f():\n    if x:\n        y = 1\n\ty = 2\n", 4),
        ("python", "def f():\n    pass\nreturn 1\n", 3),
        ("python", "for x in y:\n    pass\nbreak\n", 3),
        ("python", "def f():\n    x = 1\n    global x\n", 3),
        ("javascript", "function f() {\n  return {\n}\n", 3),
        ("go", "package x\n\nfunc f() {\n\tx := [\n}\n", 4),
        ("rust", "fn f() {\n    let x = ;\n}\n", 2),
        ("json", '{"a": 1,\n}', 2),
        ("yaml", "a: [1\nb: 2\n", 2),
        ("toml", "a = 1\nb = [1,\n", 3),
        ("toml", "[a]\nb = 1\nb = 2\n", 3),
        ("java", "class A {\n  void f( {\n  }\n}\n", 2),
    ],
)
def test_mistakes_and_their_lines(language, source, line):
    problems = code.errors(source, language)
    assert [problem.line for problem in problems][:1] == [line]
    assert problems[0].text


@pytest.mark.parametrize(
    ("language", "source"),
    [
        (
            "python",
            "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
        ),  # newer than this Python: it parses
        ("python", "from __future__ import tomorrow\n"),  # newer than this Python, too
        ("python", "# %%\nrows = await read()\nasync with x:\n    pass\n"),  # a notebook's
        ("python", "def f(x):\n    assert (x is 1, 'one')\n"),  # only warned of
        ("python", 'x = "\\d"\ny = 1or 2\n'),  # only warned of
        ("python", "print 'two'\n"),  # tree-sitter takes Python 2
        ("json", "\ufeff{}"),
        ("yaml", "a: &x 1\nb: *x\n---\nc: !tag {d: 1}\n"),
        ("toml", '\ufeff[a]\nb = """\nc\n"""\n'),
        ("toml", "a = " + "[" * 20_000),
        ("typescript", "export type * as A from 'a'\n"),
        ("php", "<div>\n<?php echo 1 ?>\n</div>\n"),
        ("c", "#if __has_include(<version>)\n#endif\nMACRO(x) { }\n"),
        ("go", "package x\n\nvar a = ``\n"),
        ("", "def ("),
        ("perl", "def ("),
        (None, "def ("),
    ],
)
def test_no_mistake_is_told_where_it_is_not_sure(language, source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert code.errors(source, language) == ()
    assert caught == []


def test_uses_are_identifiers_with_what_is_around_them():
    source = "from a.b import (\n    go,\n)\n# go\nx = 'go'\ngo(1)\nm.go()\nf(go=1)\nclass K:\n    go: int\n"
    uses = code.uses(source, "python", ["go", "absent"])
    assert [(use.line, use.role, use.of) for use in uses] == [
        (2, "import", "from a.b import ( go, )"),
        (6, "call", ""),
        (7, "member", "m"),
        (8, "other", ""),
        (10, "other", ""),
    ]
    assert uses[1].text == "go(1)"


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("javascript", "const { go } = require('./x')\n", ("import", "{ go } = require('./x')")),
        ("typescript", "export { go } from './x'\n", ("import", "export { go } from './x'")),
        ("go", "package a\n\nfunc f() { pkg.Go() }\n", ("member", "pkg")),
        ("rust", "use a::b::{c, go};\n", ("import", "use a::b::{c, go};")),
        ("rust", "fn f() { b::go() }\n", ("member", "b")),
        ("java", "import a.b.go;\n", ("import", "import a.b.go;")),
        ("php", "<?php\nuse A\\go;\n", ("import", "use A\\go;")),
        ("c", "int f(void) { return go(1); }\n", ("call", "")),
    ],
)
def test_how_a_name_is_used(language, source, expected):
    assert [(use.role, use.of) for use in code.uses(source, language, ["go", "Go"])] == [expected]


def gone(before: str, after: str, language: str = "python") -> list[tuple[str, str | None]]:
    return [(one.name, one.renamed_to) for one in code.names_gone(before, after, language)]


BODY = "    total = 0\n    for one in values:\n        total += one.weight * 2\n    return total\n"


def test_names_that_are_gone_and_what_they_are_called_now():
    before = f"def total(values):\n{BODY}\ndef other(): pass\ndef _own(): pass\n"
    assert gone(before, f"def weight_of(values):\n{BODY}\ndef other(): pass\n") == [("total", "weight_of")]
    assert gone(before, "def other(): pass\n") == [("total", None)]
    assert gone(before, "") == [("total", None), ("other", None)]


@pytest.mark.parametrize(
    "after",
    [
        "from .new import total\n",
        "import elsewhere as total\n",
        "total = functools.partial(add, 1)\n",
        "from .new import *\n",
        "def __getattr__(name): ...\n",
        "class A:\n    def total(self): pass\n",
    ],
)
def test_a_name_that_is_still_to_be_had_is_not_gone(after):
    assert gone(f"def total(values):\n{BODY}", after) == []


HANDED = "exports.total = function (a) {\n  return a.weight * 2 + a.more * 3;\n};\n"


def test_names_that_a_script_no_longer_hands_on():
    before = f"{HANDED}exports.kept = (a) => a;\n"
    after = "exports.kept = (a) => a;\n"
    assert gone(before, after, "javascript") == [("total", None)]
    assert gone(before, after + HANDED.replace("total", "weight"), "javascript") == [("total", "weight")]
    assert gone(before, "exports = module.exports = { kept(a) {} };\n", "javascript") == [("total", None)]


@pytest.mark.parametrize(
    "after",
    [
        "function total(a) {}\nmodule.exports = { total };\n",
        "exports.total = require('./new');\n",
        "const { total } = require('./new');\nmodule.exports = { total };\n",
        "module.exports = require('./new');\n",
        "module.exports = { a: 1, ...others };\n",
        "Object.defineProperty(exports, 'total', { get() {} });\n",
        "module.exports = { 'total': wrap(1) };\n",
    ],
)
def test_a_name_that_a_script_still_hands_on_is_not_gone(after):
    assert gone(HANDED, after, "javascript") == []


def test_calls_are_exact_and_know_whether_they_stand_alone():
    source = "import pdb\npdb.set_trace()\nif x: breakpoint()\nmy.breakpoint()\n# breakpoint()\ns = 'breakpoint()'\n"
    calls = code.calls(source, "python", ["pdb.set_trace", "breakpoint"])
    assert [(call.name, call.start, call.alone) for call in calls] == [
        ("pdb.set_trace", 2, True),
        ("breakpoint", 3, False),
    ]


HOSTILE = [
    ("swift", "/*" * 2_000),  # an assertion of the parser ends its process
    ("yaml", "- " * 2_000),
    ("html", "<a>" * 60_000),
]


@pytest.mark.usefixtures("impatient_parser")
@pytest.mark.parametrize(("language", "source"), HOSTILE, ids=[language for language, _ in HOSTILE])
def test_a_source_that_breaks_the_parser_is_an_empty_one(language, source, capfd):
    lines = "\n".join(source[start : start + 4_000] for start in range(0, len(source), 4_000))
    assert code.definitions(lines, language) == ()
    assert code.uses("x = 1\n", "python", ["x"])  # and the next one is read
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("impatient_parser")
def test_whoever_breaks_it_often_is_not_asked_again():
    with code.patience(1):
        assert code.definitions("->" * 2_000, "javascript") == ()  # would run for hours
        assert code.definitions("def f(): pass\n", "python") == ()
    assert code.definitions("def f(): pass\n", "python")


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" * 100_000,
        "x = " + "1" * 5_000,
        "x = '\ud800'",
        "(" * 4_000,
        "\n".join("[" * 4_000 for _ in range(20)),
        "-" * 4_000 + "1)",
        "\0" * 1_000,
        "x = [" + "f'{" * 1_000,
        "a." * 2_000 + "(",
        "\r\n\x0c\x0b\u2028" * 100,
    ],
    ids=range(10),
)
def test_odd_sources_are_survived(source):
    for asked in (code.errors, code.definitions):
        assert isinstance(asked(source, "python"), tuple)
    assert code.uses("x = 1\n", "python", ["x"])


def test_what_is_too_long_is_not_read():
    assert code.definitions("def f(): pass\n" + "#" * 5_000, "python")
    assert code.definitions("def f(): pass\n" + "#" * 5_001, "python") == ()
    assert code.definitions("def f(): pass\n" + "#\n" * 200_000, "python") == ()
