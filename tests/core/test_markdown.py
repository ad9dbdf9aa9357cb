import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.rendered import records, render

from triagebot.core.markdown import clean, code_span, escape, fence, quote
from triagebot.core.text import strip_invisible

HOSTS = frozenset({"docs.python.org", "github.com"})
TAGS = "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s br hr a table thead tbody tr th td"
SAFE_TAGS = set(TAGS.split())


def cleaned(markdown, max_length=60_000):
    return clean(markdown, allowed_hosts=HOSTS, repo="octo/app", max_length=max_length)


def assert_inert(markdown):
    page = render(markdown)
    assert page.tags <= SAFE_TAGS
    assert not page.comments
    assert not page.effects
    for link in page.links:
        assert re.match(r"https://(?:docs\.python\.org(?:[/?#]|$)|github\.com/octo/app(?:[/?#]|$))", link), (
            link
        )
    assert not re.search(r"(?m)^\s*/[A-Za-z][\w-]*\s*$", markdown)
    assert not re.search(r"(?m)^/[a-z]", page.prose)
    assert "<!-- triagebot" not in markdown
    return page


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        pytest.param("Plain *em* and **strong**.", "Plain _em_ and **strong**.", id="emphasis"),
        pytest.param("Thanks @octocat!", "Thanks `@octocat`!", id="mention"),
        pytest.param("cc @octo/core-team", "cc `@octo/core-team`", id="team"),
        pytest.param("@dependabot merge", "`@dependabot` merge", id="mention-at-line-start"),
        pytest.param(
            "&#64;octocat and \\@octocat", "`@octocat` and `@octocat`", id="mention-by-entity-and-escape"
        ),
        pytest.param("@<!-- x -->octocat", "`@octocat`", id="mention-around-a-comment"),
        pytest.param("@<b>octocat</b>", "`@octocat`", id="mention-around-a-tag"),
        pytest.param("@\u200boctocat", "`@octocat`", id="mention-with-zero-width"),
        pytest.param("Mail bob@example.com.", "Mail `bob@example.com`.", id="mail-address"),
        pytest.param("<bob@example.com>", "`bob@example.com`", id="mail-autolink"),
        pytest.param("Fixes #12", "Fixes `#12`", id="closing"),
        pytest.param("closes: octo/app#3, GH-7", "closes: `octo/app#3`, `GH-7`", id="closing-elsewhere"),
        pytest.param("Fixes &#35;12", "Fixes `#12`", id="closing-by-entity"),
        pytest.param("#*1*2", "`#12`", id="reference-split-by-emphasis-that-does-not-hold"),
        pytest.param(
            "resolves https://github.com/octo/app/issues/1",
            "resolves `https://github.com/octo/app/issues/1`",
            id="closing-by-address",
        ),
        pytest.param("[x](https://github.com/octo/app/pull/1)", "x", id="reference-behind-a-link"),
        pytest.param("see a1b2c3d4e5f6", "see `a1b2c3d4e5f6`", id="commit"),
        pytest.param("the defaced effaced facade", "the defaced effaced facade", id="hex-looking-words"),
        pytest.param("/close", "`/close`", id="command"),
        pytest.param("a\n/close now", "a\n`/close` now", id="command-on-the-second-line"),
        pytest.param("see a/b and /etc", "see a/b and /etc", id="slashes-inside-a-line"),
        pytest.param("```\n/hold\n/usr/bin\n```", "```\n/ hold\n/usr/bin\n```", id="command-in-a-fence"),
        pytest.param("![alt](https://evil.example/x.png)", "alt", id="image"),
        pytest.param("![@octocat](x)", "`@octocat`", id="image-with-a-mention"),
        pytest.param("[![a](b)](https://evil.example)", "a", id="image-in-a-link"),
        pytest.param("![a][r]\n\n[r]: https://evil.example/?q", "a", id="reference-image"),
        pytest.param("[a](https://evil.example)", "a", id="foreign-link"),
        pytest.param("[a][r]\n\n[r]: https://evil.example", "a", id="reference-link"),
        pytest.param("https://evil.example/?q=1", "`https://evil.example/?q=1`", id="bare-address"),
        pytest.param("(www.evil.example)", "(`www.evil.example`)", id="bare-www"),
        pytest.param("<https://evil.example>", "`https://evil.example`", id="autolink"),
        pytest.param("costs $5 or $x^2$", "costs `$5` or `$x^2$`", id="formula"),
        pytest.param("List<String> a<b>c</b>", "List\\<String\\> ac", id="html-and-generics"),
        pytest.param("<img src=x onerror=alert(1)>hi", "hi", id="image-tag"),
        pytest.param("<div>\n\ntext\n\n</div>", "text", id="html-block"),
        pytest.param("<!-- a -->\n\nb <!-- c --> d <!-- e", "b d \\<!-- e", id="comments"),
        pytest.param("<!-- triagebot:v1 slot=triage -->x", "x", id="our-marker"),
        pytest.param("```mermaid\nx\n```", "```\nx\n```", id="drawn-code"),
        pytest.param("```suggestion\nx\n```", "```\nx\n```", id="suggestion"),
        pytest.param("- [x] done", "- \\[x\\] done", id="task"),
        pytest.param("> [!WARNING]\n> x", "> \\[!WARNING\\]\n> x", id="alert"),
        pytest.param("    code", "```\ncode\n```", id="indented-code"),
        pytest.param("a\n===\n\nb\n---", "# a\n\n## b", id="underlined-headings"),
        pytest.param("\\- no list\n\n1\\. none", "\\- no list\n\n1\\. none", id="escaped-block-starts"),
        pytest.param("- a\n- b\n  - c", "- a\n- b\n  - c", id="tight-list"),
        pytest.param("3. a\n4. b", "3. a\n4. b", id="numbered-list"),
        pytest.param("|a|b|\n|:-|-:|\n|1|2|", "| a | b |\n| :-- | --: |\n| 1 | 2 |", id="table"),
        pytest.param("a\\\nb", "a\\\nb", id="hard-break"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_becomes_of(markdown, expected):
    assert cleaned(markdown) == expected
    assert cleaned(expected) == expected
    assert_inert(expected)


@pytest.mark.parametrize(
    "target",
    [
        "https://docs.python.org/3/library/re.html#re.sub",
        "https://docs.python.org",
        "https://DOCS.python.org/3/?q=1",
        "https://github.com/octo/app/blob/main/src/a.py#L3-L9",
        "https://github.com/Octo/App",
    ],
)
def test_a_link_to_an_allowed_place_stays(target):
    page = assert_inert(cleaned(f"[here]({target})").replace("Octo/App", "octo/app"))
    assert len(page.links) == 1
    assert len(render(cleaned(f"see {target}.")).links) == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://docs.python.org/",
        "//docs.python.org/",
        "/octo/app",
        "relative.md",
        "#anchor",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://docs.python.org@evil.example/",
        "https://user:pw@docs.python.org/",
        "https://docs.python.org:8443/",
        "https://docs.python.org.evil.example/",
        "https://evildocs.python.org/",
        "https://docs.python.org\\@evil.example/",
        "https://docs.python.org%2f@evil.example/",
        "https:docs.python.org",
        "https:///docs.python.org",
        "https://docs.pуthon.org/",  # a Cyrillic letter
        "https://xn--docs-python.org/",
        "https://docs.python.org./",
        "https://[::1]/",
        "https://[docs.python.org/",
        "https://github.com/octo/other",
        "https://github.com/octo/app-evil",
        "https://github.com/octo/app/../other",
        "https://github.com/octo/app/%2e%2e/other",
        "https://github.com/octo/app/issues/1",
        "https://github.com/octo/app/commit/a1b2c3d",
        "https://github.com/login/oauth/authorize?client_id=1",
        "https://gist.github.com/octo/app",
    ],
)
@pytest.mark.parametrize(
    "form", ["[here]({})", "<{}>", "[here]: {}\n\n[here]", "see {} there", '[here](<{}> "t")']
)
def test_a_link_to_anywhere_else_does_not(target, form):
    assert assert_inert(cleaned(form.format(target))).links == []


def test_link_text_cannot_smuggle():
    out = cleaned("[@octocat fixes #1 https://evil.example](https://docs.python.org/)")
    assert out == "[`@octocat` fixes `#1` `https://evil.example`](https://docs.python.org/)"
    assert assert_inert(out).links == ["https://docs.python.org/"]


@pytest.mark.parametrize("length", [0, 1, 5, 17, 60, 200])
def test_the_length_is_kept_and_the_rest_is_still_whole_markdown(length):
    text = "# Head\n\n" + "- item with `code` and **strong** @octocat\n" * 20 + "```\ncode\n" + "<" * 50
    out = cleaned(text, max_length=length)
    assert len(out) <= length
    assert cleaned(out, max_length=length) == out
    assert_inert(out)


WORDS = """@octocat @octo/team #12 GH-3 octo/app#1 fixes closes https://evil.example www.evil.example bob@example.com
    http://docs.python.org https://docs.python.org/3 https://github.com/octo/app/issues/1 a1b2c3d4 /close /bot
    [a](https://evil.example) [a](https://docs.python.org) ![i](https://evil.example/x) [r] [r]: //evil.example
    <!-- --> <!--> <b> </b> <img/src=x> <script> <details> <? ?> <![CDATA[ ]]> &#64; &lt; &amp;#35; * ** _ __ ~~ ` ``
    ``` ~~~ > - + 1. 1) # ## === --- *** | |-| :-: \\ \\\\ ! [ ] ( ) $ word x 9 é 漢 \u200b \u202e \U000e0041
    \ufe0f \u00a0 \u2028 ́ 💥"""
PIECES = st.sampled_from(WORDS.split())
SOUP = st.lists(
    st.one_of(PIECES, st.sampled_from([" ", "\n", "\n\n", "\t", "    ", "\n> ", "\n- ", "\n|", "|"]))
).map("".join)


@given(st.one_of(SOUP, st.text(), SOUP.map(lambda text: text * 3)))
@settings(max_examples=400, deadline=None)
def test_anything_becomes_inert_and_stays_as_it_is(text):
    out = cleaned(text)
    assert_inert(out)
    assert cleaned(out) == out


@given(st.text(max_size=200) | SOUP)
@settings(max_examples=200, deadline=None)
def test_escaped_text_is_shown_literally_and_does_nothing(text):
    for written in (escape(text), code_span(text), fence(text), fence(text, "py`@")):
        page = render(f"{written}\n")
        assert page.tags <= {"p", "code", "pre"}
        assert not page.effects
        assert not page.links
    shown = render(escape(text))
    plain = re.sub(r"\s+|\x00", "", shown.prose) if "code" not in shown.tags else None
    if plain is not None:
        assert plain == re.sub(r"\s+", "", strip_invisible(text))


def test_a_fence_cannot_be_closed_from_inside():
    page = render(fence("a\n```\n@octocat\n````\nb", "python") + "\n\nafter")
    assert page.code.strip() == "a\n```\n@octocat\n````\nb"
    assert page.prose.strip("\n\x00") == "after"


def test_a_code_span_holds_any_backticks():
    assert [render(code_span(text)).code.strip() for text in ("a", "`", "a``b", "`x`")] == [
        "a",
        "`",
        "a``b",
        "`x`",
    ]
    assert code_span(" \n") == ""


def test_a_quote_covers_every_line():
    assert quote("a\n\nb") == "> a\n>\n> b"
    assert render(quote("a\n\nb")).tags == {"blockquote", "p"}


def test_hostile_strings_of_the_corpus_become_inert():
    for record in records("injection/texts_dev"):
        out = cleaned(record["text"])
        assert_inert(out)
        assert cleaned(out) == out


def test_real_issues_become_inert_and_settle():
    for name in ("bitcoin_gui", "kubernetes_until_cut", "nlbse2024_train"):
        for record in records(f"issues/{name}")[::40]:
            out = cleaned(record["body"] or "")
            assert_inert(out)
            assert cleaned(out) == out
