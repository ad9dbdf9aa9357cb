"""What a report lacks: only what is really absent and matters, and only where it is the report of a bug."""

from datetime import UTC, datetime

import pytest

from triagebot.core import forms
from triagebot.core.lacking import lacks, left, report
from triagebot.core.particulars import asked_by, given, says_it_fails
from triagebot.core.values import Actor, Issue

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FORM = b"""
name: Bug
body:
- {type: dropdown, attributes: {label: Kind of issue, options: [Bug, Feature request, Support]}}
- {type: textarea, attributes: {label: Steps to reproduce}, validations: {required: true}}
- {type: textarea, attributes: {label: Logs}, validations: {required: true}}
- {type: input, attributes: {label: App version}, validations: {required: true}}
- {type: input, attributes: {label: Cloud provider}, validations: {required: true}}
- {type: textarea, attributes: {label: Anything else}}
"""
MARKDOWN = b"""---
labels: bug
---
**What happened**

**Steps to reproduce**

**Version**

**Screenshots**
"""


def subject(title, body="", labels=(), templates=()):
    author = Actor(1, "ann")
    issue = Issue(1, "I_1", title, body, "open", author, tuple(labels), (), False, NOW, NOW)
    return report(issue, [template for template in templates if template])


def lacking(title, body="", labels=(), templates=()):
    return lacks(subject(title, body, labels, templates))


BLANK_FORM = "\n\n".join(
    f"### {label}\n\n_No response_"
    for label in (
        "Kind of issue",
        "Steps to reproduce",
        "Logs",
        "App version",
        "Cloud provider",
        "Anything else",
    )
)


def filled(**answers: str) -> str:
    text = BLANK_FORM
    for label, answer in answers.items():
        heading = f"### {label.replace('_', ' ')}\n\n"
        text = text.replace(f"{heading}_No response_", heading + answer)
    return text


def form(name: str = "bug.yml") -> forms.Template | None:
    return forms.read(FORM, name)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("The editor crashes", "Please fix."),
        ("Der Editor stürzt ab", "Bitte reparieren, das ist sehr ärgerlich."),
        ("L'éditeur plante", "Merci de corriger, c'est très gênant pour nous."),
        ("El editor se cierra", "Por favor, arreglad esto, es muy molesto."),
        ("Редактор вылетает", "Пожалуйста, исправьте, это очень мешает."),
        ("编辑器崩溃", "请修复，这个问题很烦人。"),
        ("エディタがクラッシュします", "修正をお願いします。とても困っています。"),
    ],
)
def test_a_vague_report_lacks_steps_and_version(title, body):
    assert lacking(title, body) == ("steps", "version")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("The editor crashes", "It is 2.4.1 that I use. Please fix."),  # only one thing is absent
        ("The editor crashes", "When I open a file it is gone."),
        ("The editor crashes", "```\neditor --new x.txt\n```\nfor me"),
        ("The editor crashes", "1. Start it\n2. Wait"),
        ("The editor crashes", "![screenshot](https://example.com/a.png)"),  # a picture may say it all
        ("The editor crashes", "Same as #12, I think."),
        ("The editor crashes", "See https://example.com/report"),
        ("The editor crashes", "Found by @mona yesterday."),
        ("The editor crashes", "It just does and I hate that. " * 60),  # somebody took pains
        ("Saving a file crashes the editor", "Please fix."),
        ("Shortcuts cannot be changed", "Mine are others."),
        ("The handbook is broken", "Please fix."),
        ("Why does the editor crash?", "Please tell."),
        ("Add better errors to the editor", "Please."),
        ("The editor", "It is nice."),
        (".", "."),
        (
            "Edytor ulega awarii, błąd error",
            "Proszę to naprawić, to bardzo przeszkadza w pracy.",
        ),  # not its language
    ],
)
def test_nothing_is_asked_when_unsure(title, body):
    assert lacking(title, body) == ()


@pytest.mark.parametrize("labels", [("enhancement",), ("kind/feature",), ("question",)])
def test_wishes_and_questions_are_never_asked_about(labels):
    assert lacking("The editor crashes", "Please fix.", labels) == ()
    assert lacking("The editor crashes", BLANK_FORM, labels, [form()]) == ()


def test_a_label_says_that_it_is_a_bug():
    assert lacking("The editor", "Please fix.", ("type: bug",)) == ("steps", "actual", "version")


def test_required_fields_of_a_form_are_asked_for_by_their_labels():
    assert lacking("The editor", BLANK_FORM, (), [form()]) == (
        "field:Steps to reproduce",
        "field:Logs",
        "field:App version",
        "field:Cloud provider",
    )


def test_a_field_is_not_asked_for_where_the_answer_stands_elsewhere():
    text = filled(
        Logs="```\nerror: no such file\n```", Anything_else="It is version 2.4.1, when I open a file"
    )
    assert lacking("The editor", text, (), [form()]) == ()  # "Cloud provider" alone is not worth it
    text = filled(Steps_to_reproduce="1. open", Logs="nothing", Cloud_provider="none")
    assert lacking("The editor", text, (), [form()]) == ("field:App version",)


@pytest.mark.parametrize("kind", ["Feature request", "Support", "question"])
def test_a_form_in_which_somebody_chose_something_else_than_a_bug(kind):
    assert lacking("The editor", filled(Kind_of_issue=kind), (), [form()]) == ()
    assert lacking("The editor", filled(Kind_of_issue="Bug"), (), [form()])


def test_a_form_for_wishes_is_not_asked_about():
    assert lacking("The editor", BLANK_FORM, (), [form("feature_request.yml")]) == ()
    assert lacking("The editor", BLANK_FORM, (), [form("report.yml")])


def test_a_markdown_template_is_asked_about_in_its_own_terms():
    template = forms.read(MARKDOWN, "bug.md")
    blank = "**What happened**\nIt crashes.\n\n**Steps to reproduce**\n\n**Version**\n\n**Screenshots**\n"
    assert lacking("The editor", blank, (), [template]) == ("steps", "version")
    assert lacking("The editor", blank.replace("Version**", "Version**\n7"), (), [template]) == ()


def test_what_is_left_after_a_reply():
    vague = subject("The editor crashes", "Please fix.")
    items = lacks(vague)
    assert items == ("steps", "version")
    assert left(items, vague, []) == items
    assert left(items, vague, ["I use 2.4.1"]) == ("steps",)
    assert left(items, vague, ["> Which version do you use? 2.4.1\n\nSoon"]) == items
    assert left(items, vague, ["I use 2.4.1", "open a file, then click on save"]) == ()
    assert left(items, subject("The editor crashes", "When I save in 2.4.1"), []) == ()


def test_fields_are_answered_by_an_edit_or_a_reply():
    blank = subject("The editor", BLANK_FORM, (), [form()])
    items = lacks(blank)
    edited = subject(
        "The editor", filled(Cloud_provider="AWS", Logs="none", Steps_to_reproduce="-"), (), [form()]
    )
    assert left(items, edited, []) == ("field:Steps to reproduce", "field:App version")
    assert left(items, blank, ["Cloud provider: none"]) == items[:3]
    assert left(items, blank, ["The app version is 3"]) == (*items[:2], items[3])
    assert left(("field:Cloud provider",), blank, ["It is my own machine at home"]) == ()
    assert left(("field:Cloud provider",), blank, ["ok"]) == ("field:Cloud provider",)
    rewritten = subject("The editor", "The cloud provider is AWS and the app version is 3.")
    assert left(items, rewritten, []) == ("field:Steps to reproduce", "field:Logs")


def test_a_long_reply_answers_all_but_the_version():
    vague = subject("The editor crashes", "Please fix.")
    reply = "it was there in the morning and then it was not there any more and nobody here knows how that came to be so"
    assert left(("steps", "version"), vague, [f"{reply} at all"]) == ("version",)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Steps to reproduce", {"steps"}),
        ("Schritte zur Reproduktion", {"steps"}),
        ("复现步骤", {"steps"}),
        ("What did you expect to happen?", {"expected"}),
        ("Was ist passiert? Fehlermeldung", {"actual"}),
        ("Версия", {"version"}),
        ("Environment", {"version", "environment"}),
        ("Operating system", {"environment"}),
        ("Code of Conduct", set()),
        ("", set()),
    ],
)
def test_what_a_label_asks_for(label, expected):
    assert asked_by(label) == expected


def test_a_heading_without_words_under_it_gives_nothing():
    assert given("", "## Steps to reproduce\n\n## Version\n\n") == set()
    assert given("", "## Steps to reproduce\nsomehow\n\n## Version\n7\n") == {"steps", "version"}


@pytest.mark.parametrize(
    "title", ["Improve error messages", "Is it broken?", "fix crash in parser", "How to fail"]
)
def test_a_title_that_only_sounds_like_a_failure(title):
    assert not says_it_fails(title)


@pytest.mark.parametrize(
    "piece",
    [
        "when ",
        "a ",
        "1. ",
        "\t",
        "`",
        "http",
        '"',
        "@",
        "v1.",
        "x" * 50 + " ",
        "if a, ",
        "x",
        "\u201c",
        "when x",
    ],
)
def test_a_text_made_to_stall_is_read(piece):
    lacking("The editor crashes", piece * (65_000 // len(piece)), ("bug",))


def test_a_flood_of_replies_is_read_as_far_as_it_matters():
    flood = ["nothing to say " * 4_000] * 3_000  # read whole, each time another comes, they take half an hour
    asked = ("version",)
    assert left(asked, subject("The editor crashes"), flood) == asked
    assert left(asked, subject("The editor crashes"), [*flood, "It is 2.4.1"]) == ()
