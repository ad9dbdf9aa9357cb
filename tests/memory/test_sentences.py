"""The sentences that are shown as evidence."""

from hypothesis import given
from hypothesis import strategies as st

from triagebot.core.text import strip_hidden
from triagebot.memory.sentences import LONGEST, best_match

HERE = """Saving loses my work

### What happened?

I opened an empty document. When I save an empty document the window closes at once. I use Linux.

```
at org.example.Main(Main.java:1)
java.lang.NullPointerException: document has no pages
```
- [x] I searched for duplicates
"""
THERE = """Window closes

### What happened?

Thanks for this program! The window closes when an empty document is saved.
- [x] I searched for duplicates
"""


def test_the_sentences_that_say_the_same_are_found():
    assert best_match(HERE, THERE) == (
        "When I save an empty document the window closes at once.",
        "The window closes when an empty document is saved.",
    )


def test_an_error_message_in_code_is_evidence():
    there = "It crashed\n\n```\njava.lang.NullPointerException: document has no pages\n```\n"
    assert best_match(HERE, there)[0] == "java.lang.NullPointerException: document has no pages"


def test_headings_and_checkboxes_are_no_evidence():
    template = "### Steps to reproduce the crash\n- [x] I searched for duplicate reports\n{}"
    assert best_match(template.format("Apples fall."), template.format("Pears rise.")) == ("", "")


def test_nothing_in_common_is_said_with_empty_words():
    assert best_match("Dark mode please", "Crash while saving") == ("", "")
    assert best_match("", "") == ("", "")


def test_a_sentence_without_an_end_is_cut_at_a_space():
    here, there = best_match("wide screen " * 100, "wide screen")
    assert here == ("wide screen " * 100)[: len(here)]
    assert LONGEST // 2 < len(here) <= LONGEST
    assert here.endswith(("wide", "screen"))
    assert there == "wide screen"


TEXT = st.text(max_size=400) | st.text("ab cd.\n`#->!~[x]{}", max_size=400)


@given(TEXT, TEXT)
def test_what_is_quoted_stands_in_the_texts(here, there):
    one, other = best_match(here, there)
    assert one in strip_hidden(here)[0]
    assert other in strip_hidden(there)[0]
    assert bool(one) == bool(other)
    assert max(len(one), len(other)) <= LONGEST
