"""Which earlier issues are shown, how surely they are called the same, and what a model's word is worth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from inline_snapshot import snapshot

from triagebot.core.lessons import Suggested
from triagebot.core.links import reference
from triagebot.core.values import Actor, Issue
from triagebot.handlers.triage.comment import compose
from triagebot.handlers.triage.duplicates import (
    RELATED_FROM,
    DuplicateConfig,
    DuplicatesAnswer,
    Judgement,
    Verdict,
    candidates,
    decide,
    hold,
)
from triagebot.ports import Similar

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://github.com/octo/parser/issues/40"
ISSUE = Issue(
    40,
    "I_40",
    "Empty file crashes the parser",
    "Since 2.3 the parser dies with an IndexError when the file is empty.",
    "open",
    Actor(1, "ann"),
    (),
    (),
    False,
    NOW,
    NOW,
    url=URL,
)


def earlier(number: int, chance: float, *, state="open", reason=None) -> Similar:
    return Similar(
        number=number,
        title="Crash on an empty file",
        url=f"https://github.com/octo/parser/issues/{number}",
        state=state,
        state_reason=reason,
        chance=chance,
        here="the parser dies with an IndexError",
        there="An IndexError is raised for empty input",
        body="An IndexError is raised for empty input. It should be an empty tree.",
    )


def judged(place: int, same: str, new="dies with an IndexError", old="raised for empty input") -> Judgement:
    return Judgement(place=place, same=same, quote_new=new, quote_earlier=old)


def show(*found: Similar, answer: DuplicatesAnswer | None = None, config: DuplicateConfig | None = None):
    config = config or DuplicateConfig()
    shown = candidates(ISSUE, config, found)
    verdict = Verdict(hold(answer, ISSUE, shown), "m") if answer else Verdict({})
    return decide(ISSUE, config, shown, verdict, prefix="/bot")


def test_without_a_model_it_is_possibly_related_however_likely():
    part = show(earlier(12, 0.97), earlier(7, 0.6))
    assert part.lessons == (Suggested(numbers=(12, 7), chances=(0.97, 0.6)),)
    assert part.actions == ()
    assert compose([part], taken_off=(), prefix="/bot").body == snapshot("""\
- Possibly related: [#12](https://redirect.github.com/octo/parser/issues/12) `Crash on an empty file`
- Possibly related: [#7](https://redirect.github.com/octo/parser/issues/7) `Crash on an empty file`

<details><summary>Why</summary>

- [#12](https://redirect.github.com/octo/parser/issues/12): here `the parser dies with an IndexError`, there `An IndexError is raised for empty input`; more likely the same than not
- [#7](https://redirect.github.com/octo/parser/issues/7): here `the parser dies with an IndexError`, there `An IndexError is raised for empty input`; more likely the same than not

</details>

<sub>Nothing was changed. Wrong? `/bot duplicate none` says it is a duplicate of nothing.</sub>\
""")


def test_it_is_called_a_duplicate_only_where_model_and_chance_agree():
    answer = DuplicatesAnswer(judgements=[judged(1, "yes"), judged(2, "yes"), judged(3, "unsure")])
    part = show(earlier(12, 0.95), earlier(7, 0.6), earlier(5, 0.95), answer=answer)
    assert part.lines.replace("https://redirect.github.com/octo/parser/issues/", "") == snapshot("""\
- Duplicate of [#12](12) `Crash on an empty file`
- Possibly related: [#7](7) `Crash on an empty file`
- Possibly related: [#5](5) `Crash on an empty file`\
""")
    assert part.origin == "Earlier issues compared by `m`."


def test_what_was_fixed_before_may_be_a_regression():
    fixed = earlier(12, 0.95, state="closed", reason="completed")
    assert "Possibly related: [#12]" in show(fixed).lines
    assert show(fixed).lines.endswith("(closed as completed)")
    sure = show(fixed, answer=DuplicatesAnswer(judgements=[judged(1, "yes")]))
    assert sure.lines.startswith("- Possible regression of [#12]")
    assert "uplicate of" not in sure.lines


def test_a_model_that_says_no_takes_a_candidate_away():
    answer = DuplicatesAnswer(judgements=[judged(1, "no")])
    assert "#12" not in show(earlier(12, 0.95), earlier(7, 0.6), answer=answer).lines
    assert show(earlier(12, 0.95), answer=answer).lines == ""


@pytest.mark.parametrize(
    "judgements",
    [
        [judged(1, "yes", new="a segmentation fault at night")],
        [judged(1, "yes", old="never said over there")],
        [judged(1, "yes", old="dies with an IndexError")],
        [judged(1, "yes", new="", old="")],
        [judged(1, "yes"), judged(1, "no")],
        [judged(2, "yes")],
    ],
    ids=[
        "invented here",
        "invented there",
        "quoted from the wrong side",
        "no quotes",
        "both ways",
        "no such place",
    ],
)
def test_a_judgement_that_does_not_hold_changes_nothing(judgements):
    answer = DuplicatesAnswer(judgements=judgements)
    assert show(earlier(12, 0.95), answer=answer).lines == show(earlier(12, 0.95)).lines


@pytest.mark.parametrize(
    "found",
    [
        earlier(12, RELATED_FROM - 0.01),
        earlier(40, 0.99),
        earlier(41, 0.99),
        earlier(12, 0.99, state="closed", reason="not_planned"),
        earlier(12, 0.99, state="closed", reason="duplicate"),
    ],
    ids=["unlikely", "itself", "newer", "not planned", "itself a duplicate"],
)
def test_what_is_never_shown(found):
    assert candidates(ISSUE, DuplicateConfig(), [found]) == []


def test_none_is_shown_where_they_are_off_or_for_a_pull_request():
    assert candidates(ISSUE, DuplicateConfig(mode="off"), [earlier(12, 0.99)]) == []
    assert candidates(replace(ISSUE, is_pull_request=True), DuplicateConfig(), [earlier(12, 0.99)]) == []


def test_at_most_so_many_as_configured():
    found = [earlier(number, 0.9) for number in range(10, 15)]
    assert show(*found).lines.count("\n") == 2
    assert show(*found, config=DuplicateConfig(max=1)).lines.count("\n") == 0


def test_a_chance_is_said_in_words():
    said = {
        chance: decide(ISSUE, DuplicateConfig(), [earlier(12, chance)], Verdict({}), prefix="/bot").evidence
        for chance in (0.99, 0.5, 0.49, RELATED_FROM)
    }
    assert said[0.99] == said[0.5] != said[0.49] == said[RELATED_FROM]
    assert said[0.5].endswith("; more likely the same than not")
    assert said[0.49].endswith("; alike, perhaps the same")


def test_a_reference_tells_nobody_and_can_be_clicked():
    assert reference(3, URL) == "[#3](https://redirect.github.com/octo/parser/issues/3)"
    assert reference(3, URL.replace("issues", "pull")) == reference(3, URL)
    assert (
        reference(3, "https://git.example/octo/parser/issues/40")
        == "[#3](https://git.example/octo/parser/issues/3)"
    )
    assert reference(3, "") == "`#3`"
