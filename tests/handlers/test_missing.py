"""What authors are asked for, once, and how the request goes away: stories against a simulated GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from inline_snapshot import snapshot
from tests.support.planning import CONFIG, REPO, Lab, planning
from tests.support.rendered import render

from triagebot.core.actions import UpsertComment
from triagebot.core.language import SPOKEN, language
from triagebot.core.lessons import Answered, Asked
from triagebot.core.markers import strip
from triagebot.core.particulars import PARTICULARS
from triagebot.handlers.triage.missing_texts import WORDINGS, request
from triagebot.ports import Request

VAGUE = ("The editor crashes", "Please fix this.")
FORM_PATH = ".github/ISSUE_TEMPLATE/bug.yml"
FORM = """
name: Bug
body:
- {type: textarea, attributes: {label: Steps to `reproduce`}, validations: {required: true}}
- {type: input, attributes: {label: "Version @mona"}, validations: {required: true}}
- {type: checkboxes, attributes: {label: Conduct, options: [{label: I agree}]}}
"""
FROM_FORM = "### Steps to `reproduce`\n\n_No response_\n\n### Version @mona\n\n_No response_\n\n### Conduct\n\n- [ ] I agree"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with planning() as lab:
        yield lab


async def planned(lab: Lab, number: int) -> str:
    """Work on the latest delivery as the runner would, and return what our comment on the issue says then.

    A request's first words count in the memory, and the comment is edited in place.
    """
    delivery = lab.simulator.hooks.deliveries[-1]
    plan = await lab.plan()
    for lesson in plan.lessons:
        if isinstance(lesson, Asked) and lab.memory.asked is None:
            lab.memory.asked = Request(lesson.items, datetime.now(UTC), answered=False)
        if isinstance(lesson, Answered) and lab.memory.asked is not None:
            lab.memory.asked = replace(lab.memory.asked, answered=True)
    for action in plan.actions:
        if isinstance(action, UpsertComment):
            post(lab, number, action)
    lab.simulator.hooks.deliveries.append(delivery)
    return shown(lab, number)


def ours(lab: Lab, number: int):
    comments = lab.world.repo(REPO).issues[number].comments.values()
    return [item for item in comments if item.user is lab.world.app.bot]


def post(lab: Lab, number: int, action: UpsertComment) -> None:
    body = f"{action.body}\n\n<!-- triagebot:v1 slot={action.slot} key={'0' * 16} sig={'0' * 40} -->"
    if found := ours(lab, number):
        lab.world.edit_comment(REPO, found[0].id, body, by=lab.world.app.bot)
    elif action.create:
        lab.world.comment(REPO, number, lab.world.app.bot, body)


def shown(lab: Lab, number: int) -> str:
    return "".join(strip(item.body) for item in ours(lab, number))


def asks(text: str) -> bool:
    return "needed:" in text


async def opened(lab: Lab, title: str = VAGUE[0], body: str = VAGUE[1], author: str = "ann"):
    issue = lab.world.open_issue(REPO, author, title, body)
    return issue.number, await planned(lab, issue.number)


async def test_a_vague_report_is_asked_for_what_it_lacks(lab: Lab):
    _, text = await opened(lab)
    assert text == snapshot("""\
To find the cause, a little more is needed:
- How can one see it happen? The shortest list of steps, or a small example, helps most.
- Which version do you use? (The `--version` option or the About dialog usually shows it.)

Please edit the issue or reply here; this request then goes away by itself.

<sub>Nothing was changed.</sub>\
""")
    assert lab.memory.asked is not None
    assert lab.memory.asked.items == ("steps", "version")


async def test_the_plan_made_again_after_a_crash_is_the_same(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", *VAGUE)
    first, second = await lab.plan(), await lab.plan()  # the first was never saved
    assert first.actions == second.actions
    assert [one.kind for one in first.lessons] == [one.kind for one in second.lessons]
    text = await planned(lab, issue.number)
    again = await lab.plan()  # another worker, after it was saved
    assert "asked" not in [one.kind for one in again.lessons]
    assert await planned(lab, issue.number) == text
    assert len(ours(lab, issue.number)) == 1


async def test_a_reply_takes_the_request_back_for_good(lab: Lab):
    number, _ = await opened(lab)
    lab.world.comment(REPO, number, "ann", "I use 2.4.1. It happens when I save a file.")
    text = await planned(lab, number)
    assert text
    assert not asks(text)
    assert lab.memory.asked is not None
    assert lab.memory.asked.answered
    lab.world.edit_issue(REPO, number, by="ann", body="It is still there.")
    assert not asks(await planned(lab, number))


async def test_half_an_answer_makes_the_request_shorter(lab: Lab):
    number, text = await opened(lab)
    assert "--version" in text
    lab.world.comment(REPO, number, "ann", "It is 2.4.1")
    text = await planned(lab, number)
    assert "--version" not in text
    assert "list of steps" in text
    lab.world.edit_issue(REPO, number, by="ann", body="Please fix this. It is there when I save a file.")
    assert not asks(await planned(lab, number))
    assert lab.memory.asked is not None
    assert lab.memory.asked.answered
    assert len(ours(lab, number)) == 1


async def test_an_edit_never_makes_the_request_longer(lab: Lab):
    number, _ = await opened(lab, "The editor is broken", "Please fix this, it is 2.4.1. I hate it.")
    asked = lab.memory.asked
    assert asked is not None
    assert asked.items == ("steps", "actual")
    lab.world.edit_issue(REPO, number, by="ann", body="Please fix this.")
    text = await planned(lab, number)
    assert asks(text)
    assert "--version" not in text
    assert lab.memory.asked == asked


async def test_what_others_say_is_no_answer(lab: Lab):
    number, before = await opened(lab)
    lab.world.comment(REPO, number, "tom", "I see it in 2.4.1 when I save a file.")
    lab.world.edit_issue(REPO, number, by="ann", title="The editor crashes!")
    assert await planned(lab, number) == before


async def test_a_comment_that_somebody_deleted_is_not_made_anew_for_an_answer(lab: Lab):
    number, _ = await opened(lab)
    lab.world.delete_comment(REPO, ours(lab, number)[0].id, by="mona")
    lab.world.comment(REPO, number, "ann", "I use 2.4.1. It happens when I save a file.")
    assert await planned(lab, number) == ""
    assert lab.memory.asked is not None
    assert lab.memory.asked.answered


async def test_a_form_is_asked_about_by_its_labels(lab: Lab):
    lab.world.write_files(
        REPO, {FORM_PATH: FORM, ".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: true"}
    )
    _, text = await opened(lab, "The editor", FROM_FORM)
    assert text == snapshot("""\
To find the cause, a little more is needed:
- Please fill in what the form asks for: `` Steps to `reproduce` ``, `Version @mona`

Please edit the issue or reply here; this request then goes away by itself.

<sub>Nothing was changed.</sub>\
""")
    assert render(text).effects == []


async def test_an_issue_without_headings_costs_no_look_at_templates(lab: Lab):
    lab.world.write_files(REPO, {FORM_PATH: FORM})
    before = len(lab.simulator.requests)
    await opened(lab)
    assert not [one.path for one in lab.simulator.requests[before:] if "ISSUE_TEMPLATE" in one.path]


async def test_a_form_that_changed_since_is_still_answered(lab: Lab):
    lab.world.write_files(REPO, {FORM_PATH: FORM})
    number, text = await opened(lab, "The editor", FROM_FORM)
    assert asks(text)
    lab.world.write_files(REPO, {FORM_PATH: "body: []"})
    lab.world.comment(REPO, number, "ann", "Version @mona: 7.\nSteps to reproduce it: none that I know")
    assert not asks(await planned(lab, number))
    assert lab.memory.asked is not None
    assert lab.memory.asked.answered


@pytest.mark.parametrize("author", ["mona", "tom", "dependabot[bot]"])
async def test_insiders_and_bots_are_not_asked(lab: Lab, author):
    _, text = await opened(lab, author=author)
    assert not asks(text)
    assert lab.memory.asked is None


async def test_nothing_is_asked_where_people_talk_or_work(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", *VAGUE)
    lab.world.comment(REPO, issue.number, "mona", "I am looking at it.")
    lab.world.edit_issue(REPO, issue.number, by="ann", title="The editor crashes!")
    assert not asks(await planned(lab, issue.number))
    other = lab.world.open_issue(REPO, "ann", *VAGUE)
    lab.world.assign(REPO, other.number, "mona", by="mona")
    lab.world.edit_issue(REPO, other.number, by="ann", title="The editor crashes!")
    assert not asks(await planned(lab, other.number))
    assert lab.memory.asked is None


async def test_somebody_who_calls_the_bot_gets_the_request(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", *VAGUE)
    lab.world.comment(REPO, issue.number, "tom", "I wonder.\n/bot triage")
    assert asks(await planned(lab, issue.number))


async def test_an_old_issue_is_left_in_peace(lab: Lab):
    class Later:
        def now(self) -> datetime:
            return datetime.now(UTC) + timedelta(days=20)

    lab.planner = replace(lab.planner, clock=Later())
    _, text = await opened(lab)
    assert not asks(text)


async def test_closed_issues_and_pull_requests_are_not_asked_about(lab: Lab):
    issue = lab.world.open_issue(REPO, "ann", *VAGUE)
    lab.world.close(REPO, issue.number, by="ann")
    lab.world.edit_issue(REPO, issue.number, by="ann", title="The editor crashes!")
    assert not asks(await planned(lab, issue.number))
    pull = lab.world.open_pull(REPO, "ann", VAGUE[0], body=VAGUE[1], files={"a.py": "1"}, fork=True)
    assert not asks(await planned(lab, pull.number))


async def test_an_issue_that_turns_out_to_be_a_wish_is_not_asked_any_more(lab: Lab):
    number, _ = await opened(lab)
    lab.world.add_label(REPO, number, "enhancement", by="mona")
    lab.world.edit_issue(REPO, number, by="ann", title="The editor crashes!")
    assert not asks(await planned(lab, number))
    assert lab.memory.asked is not None
    assert lab.memory.asked.answered


async def test_it_can_be_switched_off(lab: Lab):
    lab.world.write_files(REPO, {CONFIG: "triage: {missing: {mode: off}}\n"})
    _, text = await opened(lab)
    assert not asks(text)
    assert lab.memory.asked is None


async def test_a_report_in_german_is_asked_in_german(lab: Lab):
    _, text = await opened(lab, "Der Editor stürzt ab", "Bitte reparieren, das ist sehr ärgerlich.")
    assert "Welche Version ist es?" in text


def test_hostile_labels_do_nothing():
    labels = [
        "@mona #1 fixes #2 https://evil.example",
        "``` <!-- x -->",
        "a\n\n# b",
        "![x](https://evil.example/x.png)",
    ]
    page = render(request([], labels, "en"))
    assert page.effects == []
    assert page.links == []
    assert not page.tags & {"img", "h1", "a"}


@pytest.mark.parametrize("code", SPOKEN)
def test_every_language_says_it_in_six_lines(code):
    text = request(PARTICULARS[:4], [], code)
    assert len([line for line in text.split("\n") if line]) <= 6
    assert render(text).effects == []
    assert set(WORDINGS[code].questions) == set(PARTICULARS)
    words = " ".join([WORDINGS[code].opening, *WORDINGS[code].questions.values(), WORDINGS[code].closing])
    assert language(words) == code


def test_the_words_in_every_language():
    texts = {code: request(("steps", "actual", "version"), [], code) for code in SPOKEN}
    assert texts == snapshot(
        {
            "en": """\
To find the cause, a little more is needed:
- How can one see it happen? The shortest list of steps, or a small example, helps most.
- What happens exactly? The full error message or log output says it best.
- Which version do you use? (The `--version` option or the About dialog usually shows it.)

Please edit the issue or reply here; this request then goes away by itself.\
""",
            "de": """\
Um die Ursache zu finden, fehlt noch etwas:
- Wie lässt es sich nachvollziehen? Am meisten hilft die kürzeste Folge von Schritten oder ein kleines Beispiel.
- Was passiert genau? Am besten sagt es die vollständige Fehlermeldung oder die Log-Ausgabe.
- Welche Version ist es? (Meist zeigt sie die Option `--version` oder der Dialog „Über“.)

Bitte das Issue bearbeiten oder hier antworten; diese Bitte verschwindet dann von selbst.\
""",
            "fr": """\
Pour trouver la cause, il manque encore quelques informations :
- Comment reproduire le problème ? La plus courte suite d’étapes, ou un petit exemple, aide le plus.
- Que se passe-t-il exactement ? Le message d’erreur complet ou le journal le dit le mieux.
- Quelle version utilisez-vous ? (L’option `--version` ou la fenêtre « À propos » l’indique en général.)

Merci de modifier l’issue ou de répondre ici ; cette demande disparaîtra alors d’elle-même.\
""",
            "es": """\
Para encontrar la causa falta un poco más de información:
- ¿Cómo se puede reproducir? Lo que más ayuda es la lista de pasos más corta o un ejemplo pequeño.
- ¿Qué ocurre exactamente? Lo mejor es el mensaje de error completo o la salida del registro.
- ¿Qué versión usas? (Suele mostrarla la opción `--version` o la ventana «Acerca de».)

Por favor, edita el issue o responde aquí; esta petición desaparecerá entonces por sí sola.\
""",
            "pt": """\
Para encontrar a causa, falta um pouco mais de informação:
- Como se pode reproduzir? O que mais ajuda é a lista mais curta de passos ou um pequeno exemplo.
- O que acontece exatamente? O melhor é a mensagem de erro completa ou a saída do log.
- Qual versão você usa? (A opção `--version` ou a janela “Sobre” costuma mostrar.)

Por favor, edite a issue ou responda aqui; este pedido então desaparece sozinho.\
""",
            "ru": """\
Чтобы найти причину, не хватает некоторых сведений:
- Как это воспроизвести? Больше всего помогает самый короткий список шагов или небольшой пример.
- Что именно происходит? Лучше всего это покажет полный текст ошибки или вывод журнала.
- Какую версию вы используете? (Обычно её показывает параметр `--version` или окно «О программе».)

Пожалуйста, дополните issue или ответьте здесь; после этого просьба исчезнет сама.\
""",
            "zh": """\
为了找到原因，还需要一些信息：
- 如何复现？最短的操作步骤或一个小例子最有帮助。
- 具体发生了什么？请附上完整的错误信息或日志输出。
- 您使用的是哪个版本？（通常可用 `--version` 选项或在“关于”窗口中查看。）

请编辑此 issue 或在这里回复；之后这条请求会自动消失。\
""",
            "ja": """\
原因を調べるために、もう少し情報が必要です：
- どうすれば再現できますか？最短の手順、または小さな例があるととても助かります。
- 具体的に何が起こりますか？エラーメッセージの全文やログ出力があると確実です。
- どのバージョンをお使いですか？（通常は `--version` オプションや「バージョン情報」で確認できます。）

Issue を編集するか、ここに返信してください。このお願いは自動的に消えます。\
""",
            "ko": """\
원인을 찾으려면 정보가 조금 더 필요합니다:
- 어떻게 재현할 수 있나요? 가장 짧은 단계나 작은 예제가 가장 도움이 됩니다.
- 정확히 어떤 일이 일어나나요? 전체 오류 메시지나 로그 출력이 가장 좋습니다.
- 어떤 버전을 사용하시나요? (보통 `--version` 옵션이나 정보 창에서 확인할 수 있습니다.)

이슈를 수정하거나 여기에 답글을 남겨 주세요. 그러면 이 요청은 저절로 사라집니다.\
""",
            "it": """\
Per trovare la causa serve qualche informazione in più:
- Come si può riprodurre? L’elenco più breve di passi, o un piccolo esempio, aiuta più di tutto.
- Che cosa succede esattamente? Il messaggio d’errore completo o l’output del log lo dice meglio.
- Quale versione usi? (Di solito la mostra l’opzione `--version` o la finestra «Informazioni».)

Per favore, modifica l’issue o rispondi qui; questa richiesta poi scompare da sola.\
""",
        }
    )
    assert {code: request(("expected", "environment"), ["Version"], code) for code in SPOKEN} == snapshot(
        {
            "en": """\
To find the cause, a little more is needed:
- Please fill in what the form asks for: `Version`
- Where does it happen: which operating system, browser or device?
- What did you expect to happen instead?

Please edit the issue or reply here; this request then goes away by itself.\
""",
            "de": """\
Um die Ursache zu finden, fehlt noch etwas:
- Bitte noch ausfüllen, wonach das Formular fragt: `Version`
- Wo passiert es: auf welchem Betriebssystem, in welchem Browser, auf welchem Gerät?
- Was hätte stattdessen passieren sollen?

Bitte das Issue bearbeiten oder hier antworten; diese Bitte verschwindet dann von selbst.\
""",
            "fr": """\
Pour trouver la cause, il manque encore quelques informations :
- Merci de remplir ce que le formulaire demande : `Version`
- Où cela se produit-il : quel système d’exploitation, navigateur ou appareil ?
- À quoi vous attendiez-vous à la place ?

Merci de modifier l’issue ou de répondre ici ; cette demande disparaîtra alors d’elle-même.\
""",
            "es": """\
Para encontrar la causa falta un poco más de información:
- Por favor, completa lo que pide el formulario: `Version`
- ¿Dónde ocurre: en qué sistema operativo, navegador o dispositivo?
- ¿Qué esperabas que ocurriera en su lugar?

Por favor, edita el issue o responde aquí; esta petición desaparecerá entonces por sí sola.\
""",
            "pt": """\
Para encontrar a causa, falta um pouco mais de informação:
- Por favor, preencha o que o formulário pede: `Version`
- Onde acontece: em qual sistema operacional, navegador ou dispositivo?
- O que você esperava que acontecesse?

Por favor, edite a issue ou responda aqui; este pedido então desaparece sozinho.\
""",
            "ru": """\
Чтобы найти причину, не хватает некоторых сведений:
- Пожалуйста, заполните то, о чём спрашивает форма: `Version`
- Где это происходит: в какой операционной системе, в каком браузере, на каком устройстве?
- Что должно было произойти вместо этого?

Пожалуйста, дополните issue или ответьте здесь; после этого просьба исчезнет сама.\
""",
            "zh": """\
为了找到原因，还需要一些信息：
- 请填写表单要求的内容：`Version`
- 在哪里发生：什么操作系统、浏览器或设备？
- 您期望的结果是什么？

请编辑此 issue 或在这里回复；之后这条请求会自动消失。\
""",
            "ja": """\
原因を調べるために、もう少し情報が必要です：
- フォームの次の項目を記入してください：`Version`
- どこで起こりますか：OS、ブラウザ、またはデバイスを教えてください。
- 本来はどうなるはずでしたか？

Issue を編集するか、ここに返信してください。このお願いは自動的に消えます。\
""",
            "ko": """\
원인을 찾으려면 정보가 조금 더 필요합니다:
- 양식에서 요청하는 항목을 채워 주세요: `Version`
- 어디에서 발생하나요: 어떤 운영 체제, 브라우저 또는 기기인가요?
- 원래는 어떻게 되어야 하나요?

이슈를 수정하거나 여기에 답글을 남겨 주세요. 그러면 이 요청은 저절로 사라집니다.\
""",
            "it": """\
Per trovare la causa serve qualche informazione in più:
- Per favore, compila ciò che il modulo chiede: `Version`
- Dove succede: su quale sistema operativo, browser o dispositivo?
- Che cosa ti aspettavi invece?

Per favore, modifica l’issue o rispondi qui; questa richiesta poi scompare da sola.\
""",
        }
    )
