"""What a form or template asks for, and what somebody who wrote from one left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triagebot.core import forms
from triagebot.core.forms import MAX_BYTES, answers, matching, read, written

PATH = ".github/ISSUE_TEMPLATE/bug_report.yml"

FORM = b"""
name: Bug report
description: Something is broken
labels: [kind/bug, needs-triage]
body:
  - type: markdown
    attributes:
      value: Thanks for taking the time!
  - type: textarea
    id: what
    attributes:
      label: What happened?
      value: "A bug happened!"
    validations:
      required: true
  - type: input
    id: version
    attributes:
      label: Version
      placeholder: ex. 1.0.2
    validations:
      required: true
  - type: textarea
    id: system
    attributes:
      label: System
      value: |
        <details>

        ```console
        $ tool --version
        # paste output here
        ```

        </details>
    validations:
      required: true
  - type: dropdown
    id: browser
    attributes:
      label: Browser
      options: [Firefox, Chrome]
  - type: checkboxes
    attributes:
      label: Code of Conduct
      options:
        - label: I agree
          required: true
"""

TEMPLATE = b"""---
name: Bug report
about: Create a report
title: ''
labels: bug, triage
---

<!-- Please search first. -->

**Describe the bug**
A clear and concise description of what the bug is.

**To Reproduce**
Steps to reproduce the behavior:
1. Go to '...'
2. See error

**Desktop (please complete the following information):**
 - OS: [e.g. iOS]
 - Version [e.g. 22]

## Additional context
Add any other context here.
"""


def form() -> forms.Template:
    template = read(FORM, PATH)
    assert template is not None
    return template


def markdown() -> forms.Template:
    template = read(TEMPLATE, ".github/ISSUE_TEMPLATE/bug.md")
    assert template is not None
    return template


def body(**given_answers: str) -> str:
    filled = {
        "What happened?": "It crashed.",
        "Version": "1.2",
        "System": "Linux",
        "Browser": "Firefox",
        "Code of Conduct": "- [X] I agree",
    } | {key.replace("_", " "): value for key, value in given_answers.items()}
    return "\r\n\r\n".join(f"### {label}\r\n\r\n{answer}" for label, answer in filled.items())


def state(text: str, label: str) -> str:
    return {one.field.label: one.state for one in answers(text, form())}[label]


def test_a_form_is_read():
    template = form()
    assert (template.name, template.labels, template.kind, template.form) == (
        "Bug report",
        ("kind/bug", "needs-triage"),
        "bug",
        True,
    )
    assert [(field.label, field.type, field.required) for field in template.fields] == [
        ("What happened?", "textarea", True),
        ("Version", "input", True),
        ("System", "textarea", True),
        ("Browser", "dropdown", False),
        ("Code of Conduct", "checkboxes", False),
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1.2.3", "answered"),
        ("ex. 1.0.2", "answered"),  # a placeholder is never sent, so somebody meant it
        ("N/A", "answered"),
        ("不知道", "answered"),
        ("![image](https://user-images.example/a.png)", "answered"),
        ("```shell\n1.2.3\n```", "answered"),
        ("### Details\n1.2.3", "answered"),  # their own heading belongs to their answer
        ("_No response_", "no response"),
        ("*No response*", "no response"),
        ("", "empty"),
        ("-", "empty"),
        ("...", "empty"),
        ("```shell\n\n```", "empty"),
        ("<details>\n\n</details>", "empty"),
        ("<!-- 1.2.3 -->", "empty"),
        ("\u200b\u2800", "empty"),
    ],
)
def test_what_counts_as_an_answer(answer, expected):
    assert state(body(Version=answer), "Version") == expected


def test_words_that_the_form_put_there_are_no_answer():
    blank = "<details>\n\n```console\n$ tool --version\n# paste output here\n```\n\n</details>"
    text = body(System=blank).replace("It crashed.", "A bug happened!")
    assert state(text, "System") == "unchanged"
    assert state(text, "What happened?") == "unchanged"
    filled = blank.replace("# paste output here", "tool 1.2.3")
    assert state(body(System=filled), "System") == "answered"


def test_a_heading_that_was_deleted_is_missed():
    text = body().replace("### Version\r\n\r\n1.2\r\n\r\n", "")
    assert state(text, "Version") == "deleted"
    assert state(text, "System") == "answered"


def test_headings_inside_of_code_are_code():
    text = body(System="```\n### Version\n# On Linux:\n```").replace("1.2", "_No response_")
    assert state(text, "Version") == "no response"
    assert state(text, "System") == "answered"


def test_a_markdown_template_is_read():
    template = markdown()
    assert [field.label for field in template.fields] == [
        "Describe the bug",
        "To Reproduce",
        "Desktop (please complete the following information):",
        "Additional context",
    ]
    assert (template.labels, template.kind, template.form) == (("bug", "triage"), "bug", False)


def test_an_unchanged_template_says_nothing():
    text = TEMPLATE.decode().partition("---\n\n")[2]
    assert {one.state for one in answers(text, markdown())} == {"unchanged"}
    assert written(text, markdown()) == ""


def test_what_its_author_wrote_is_told_from_the_template():
    text = TEMPLATE.decode().partition("---\n\n")[2]
    text = text.replace("1. Go to '...'", "1. Go to 'Settings'").replace("[e.g. iOS]", "")
    assert {one.field.label: one.state for one in answers(text, markdown())} == {
        "Describe the bug": "unchanged",
        "To Reproduce": "answered",
        "Desktop (please complete the following information):": "unchanged",  # "OS:" alone says nothing
        "Additional context": "unchanged",
    }
    assert written(text, markdown()) == "**To Reproduce**\n1. Go to 'Settings'"


def test_a_text_is_matched_to_the_template_it_was_written_from():
    templates = [markdown(), form()]
    assert matching(body(), templates) is templates[1]
    assert matching(TEMPLATE.decode(), templates) is templates[0]
    assert matching("### Version\n\n1.2\n\n### Proposal\n\nNone", templates) is None
    assert matching("It crashed.", templates) is None


@pytest.mark.parametrize(
    ("name", "labels", "kind"),
    [
        ("bug_report.yml", "", "bug"),
        ("1-crash-report.yml", "", "bug"),
        ("feature_request.yml", "", "other"),
        ("debug.yml", "", None),
        ("01.yml", "labels: ['type: bug']", "bug"),
        ("01.yml", "labels: enhancement, later", "feature"),
        ("01.yml", "type: Bug", "bug"),
        ("bug.yml", "labels: question", "question"),  # its labels say it best
    ],
)
def test_what_a_form_is_for(name, labels, kind):
    content = f"name: Report\n{labels}\nbody:\n- type: input\n  attributes: {{label: A}}\n".encode()
    template = read(content, f".github/ISSUE_TEMPLATE/{name}")
    assert template is not None
    assert template.kind == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"body:",
        b"body: []",
        b"body: [1, null, {type: input}, {type: input, attributes: [label]}, {type: input, attributes: {label: 7}}]",
        b"body: {type: input}",
        b"[" * 500,
        b"a: &a [*a, *a]\nbody: *a",
        b"body: !!python/object/apply:os.system [ls]",
        b"\xff\xfe\x00",
        b"name: x\nname: y\nbody:\n- type: input\n  attributes: {label: A}",
        b"#" * (MAX_BYTES + 1),
    ],
    ids=str,
)
def test_what_is_no_form_is_none(content):
    assert read(content, PATH) is None


def test_a_kind_of_field_from_later_days_is_known_by_its_label():
    content = b"body:\n- {type: input, attributes: {label: A}}\n- {type: hologram, attributes: {label: B}}"
    template = read(content, PATH)
    assert template is not None
    states = [one.state for one in answers("### A\n\n_No response_\n\n### B\n\n_No response_", template)]
    assert states == ["no response", "answered"]


def test_config_yml_is_no_form():
    assert read(FORM, ".github/ISSUE_TEMPLATE/config.yml") is None
    assert read(FORM, ".github/ISSUE_TEMPLATE/notes.txt") is None


def test_a_form_is_cut_to_what_one_can_answer():
    item = "- type: input\n  attributes: {label: 'L%d'}\n  validations: {required: 'true'}\n"
    template = read(("body:\n" + "".join(item % index for index in range(200))).encode(), PATH)
    assert template is not None
    assert len(template.fields) == forms.MOST_FIELDS
    assert not any(field.required for field in template.fields)  # a word is no `true`


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=300))
def test_nothing_makes_it_raise(content, text):
    for path in (PATH, "a.md"):
        template = read(content, path) or form()
        answers(text, template)
        written(text, template)
        matching(text, [template])


@pytest.mark.parametrize(
    "piece", ["#", "# a\n", "**", "**a**\n", "`", "```\n", "> ", "<!--", "<details>", "_"]
)
def test_a_text_made_to_stall_is_read(piece):
    text = piece * (65_000 // len(piece))
    assert len(answers(text, form())) == 5
    written(text, markdown())
