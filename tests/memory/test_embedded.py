"""Which texts of an issue are made into vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triagebot.core.history import TEXTS
from triagebot.memory.embedded import LONGEST, texts
from triagebot.memory.minilm import MiniLM

REPORT = """\
### What happened?

The window closes when I drag it, see https://example.test/a?b=c for more.

**Steps**

```python
import window
window.drag()
```

- [x] I searched
- [ ] I can send a fix

![picture](https://example.test/x.png)

### Logs

_No response_

It worked in the last version.
"""


def test_the_body_is_what_its_author_said_under_its_title():
    title, body = texts("Window closes", REPORT)
    assert title == "Window closes"
    assert " ".join(body.split()) == (
        "Window closes The window closes when I drag it, see for more. It worked in the last version."
    )


@pytest.mark.parametrize("body", ["", "<!-- fill this in -->", "```\nlog\n```", "### Steps\n\n_No response_"])
def test_a_body_that_says_nothing_leaves_the_title(body):
    assert texts("Crash", body) == ("Crash", "Crash")


def test_an_open_fence_hides_the_rest():
    assert texts("Crash", "It stops.\n```\nTraceback\n")[1] == "Crash\nIt stops."


@given(title=st.text(max_size=80), body=st.text(alphabet="`~#*[]()!-x \n:/htps", max_size=300))
def test_any_text_has_both(title, body):
    shown, prose = texts(title, body)
    assert prose.startswith(shown.strip())
    assert "```" not in prose or "```" in shown


@pytest.mark.parametrize("piece", ["![", "`", "**a", "\n", "- [", "https://", "# ", "[x](", "~~~"])
def test_a_hostile_body_is_read_in_no_time(piece):
    """The slowest of them would take hours if a pattern were not linear."""
    assert len(texts("t", piece * 100_000)[1]) <= LONGEST + 2


def test_the_embedder_is_named_after_the_texts_that_it_gets():
    assert MiniLM().name.endswith(f"/texts{TEXTS}")
