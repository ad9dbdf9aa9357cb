"""Word lists by which `text.grounded` reads a summary: English, since prompts ask for English summaries.

For other languages the share of the issue's own words decides, without them.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that carry no claim of their own: grammar, and how one speaks about an issue.
EMPTY = _set("""a about above after again also although an and any are as at be became become been before being below
    between both but by can could current currently did do does doing down during each either even for from further
    get gets getting had has have having he her here him his how if in instead into is it its itself just
    like may might more most much of off on once one onto or other out over own per rather same she so
    some something still such than that the their them then there therefore these they this those though through
    to too under until up upon was were what when whenever where whether which while who whose why with within
    would yet
    appear appears ask asked asking asks author behavior behaviour complains describe described describes describing
    encounter encountered encountering encounters experience experiences experiencing explains happen happened
    happening happens issue issues mention mentioned mentions notes occur occurred occurring occurs person problem
    problems propose proposes reported reporter reporting reports request requested requesting requests said say
    says see seeing seems sees showing shows state states suggest suggested suggests suggesting tried tries try
    trying use used user users uses using want wanted wants wishes""")

# A summary speaks about the issue, in the third person.
VOICE = _set("i im ive me my mine we our ours us you your yours youre please thanks thank sorry sure")

# Claims that invite trust. Whoever makes one must have it from the issue, word by word: one of the
# same group has to stand there. `fixed` is not `fix`, which every reporter asks for.
CLAIMS: tuple[frozenset[str], ...] = tuple(
    _set(group)
    for group in (
        "fixed resolved solved patched addressed",
        "merged landed",
        "closed",
        "released shipped available",
        "implemented added introduced",
        "duplicate duplicates duplicated dupe already",
        "confirmed verified confirms",
        "reproduced reproducible reproduces reproduce",
        "planned scheduled upcoming soon",
        "working",
        "maintainer maintainers team developers developer",
        "workaround workarounds",
        "will",
        "should must ought",
        "because due cause causes caused causing reason culprit root",
        "always every consistently",
        "sometimes intermittent intermittently occasionally randomly flaky",
        "security vulnerability vulnerabilities vulnerable exploit",
        "regression regressed",
        "critical severe serious urgent important significant major severity",
        "template templates placeholder",
        "label labels labeled labelled category categories classified classification",
        "json schema summary summarize prompt instruction instructions assistant ai confidence evidence",
    )
)
NO = _set("no not never none nothing cannot cant without neither nor nicht kein keine non pas nunca нет не")
BAD = NO | _set("""fail fails failed failing failure failures crash crashes crashed crashing error errors broken breaks break
    unable missing wrong incorrect incorrectly hang hangs freezes stuck stops lost impossible ignored ignores
    refuses refused unsupported lacks lack absent unexpected unexpectedly instead""")
