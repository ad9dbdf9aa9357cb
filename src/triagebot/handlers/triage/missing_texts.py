"""What the author is asked, in ten languages: at most six lines, friendly, no mention, nothing to do twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triagebot.core.language import Language
from triagebot.core.markdown import code_span
from triagebot.core.particulars import PARTICULARS, Particular


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `fields` ends before the labels of the form's fields."""

    opening: str
    questions: Mapping[Particular, str]
    fields: str
    closing: str


def request(particulars: Sequence[Particular], labels: Sequence[str], language: Language) -> str:
    """Return the request for these particulars and for the form's fields with these labels, as Markdown."""
    words = WORDINGS[language]
    lines = [words.questions[name] for name in PARTICULARS if name in particulars]
    if labels:
        lines.insert(0, words.fields + ", ".join(code_span(label) for label in labels))
    return "\n".join([words.opening, *(f"- {line}" for line in lines), "", words.closing])


WORDINGS: Mapping[Language, Wording] = {
    "en": Wording(
        "To find the cause, a little more is needed:",
        {
            "steps": "How can one see it happen? The shortest list of steps, or a small example, helps most.",
            "actual": "What happens exactly? The full error message or log output says it best.",
            "version": "Which version do you use? (The `--version` option or the About dialog usually shows it.)",
            "environment": "Where does it happen: which operating system, browser or device?",
            "expected": "What did you expect to happen instead?",
        },
        "Please fill in what the form asks for: ",
        "Please edit the issue or reply here; this request then goes away by itself.",
    ),
    "de": Wording(
        "Um die Ursache zu finden, fehlt noch etwas:",
        {
            "steps": "Wie lässt es sich nachvollziehen? Am meisten hilft die kürzeste Folge von Schritten oder ein "
            "kleines Beispiel.",
            "actual": "Was passiert genau? Am besten sagt es die vollständige Fehlermeldung oder die Log-Ausgabe.",
            "version": "Welche Version ist es? (Meist zeigt sie die Option `--version` oder der Dialog „Über“.)",
            "environment": "Wo passiert es: auf welchem Betriebssystem, in welchem Browser, auf welchem Gerät?",
            "expected": "Was hätte stattdessen passieren sollen?",
        },
        "Bitte noch ausfüllen, wonach das Formular fragt: ",
        "Bitte das Issue bearbeiten oder hier antworten; diese Bitte verschwindet dann von selbst.",
    ),
    "fr": Wording(
        "Pour trouver la cause, il manque encore quelques informations :",
        {
            "steps": "Comment reproduire le problème ? La plus courte suite d’étapes, ou un petit exemple, aide le plus.",
            "actual": "Que se passe-t-il exactement ? Le message d’erreur complet ou le journal le dit le mieux.",
            "version": "Quelle version utilisez-vous ? (L’option `--version` ou la fenêtre « À propos » l’indique "
            "en général.)",
            "environment": "Où cela se produit-il : quel système d’exploitation, navigateur ou appareil ?",
            "expected": "À quoi vous attendiez-vous à la place ?",
        },
        "Merci de remplir ce que le formulaire demande : ",
        "Merci de modifier l’issue ou de répondre ici ; cette demande disparaîtra alors d’elle-même.",
    ),
    "es": Wording(
        "Para encontrar la causa falta un poco más de información:",
        {
            "steps": "¿Cómo se puede reproducir? Lo que más ayuda es la lista de pasos más corta o un ejemplo pequeño.",
            "actual": "¿Qué ocurre exactamente? Lo mejor es el mensaje de error completo o la salida del registro.",
            "version": "¿Qué versión usas? (Suele mostrarla la opción `--version` o la ventana «Acerca de».)",
            "environment": "¿Dónde ocurre: en qué sistema operativo, navegador o dispositivo?",
            "expected": "¿Qué esperabas que ocurriera en su lugar?",
        },
        "Por favor, completa lo que pide el formulario: ",
        "Por favor, edita el issue o responde aquí; esta petición desaparecerá entonces por sí sola.",
    ),
    "pt": Wording(
        "Para encontrar a causa, falta um pouco mais de informação:",
        {
            "steps": "Como se pode reproduzir? O que mais ajuda é a lista mais curta de passos ou um pequeno exemplo.",
            "actual": "O que acontece exatamente? O melhor é a mensagem de erro completa ou a saída do log.",
            "version": "Qual versão você usa? (A opção `--version` ou a janela “Sobre” costuma mostrar.)",
            "environment": "Onde acontece: em qual sistema operacional, navegador ou dispositivo?",
            "expected": "O que você esperava que acontecesse?",
        },
        "Por favor, preencha o que o formulário pede: ",
        "Por favor, edite a issue ou responda aqui; este pedido então desaparece sozinho.",
    ),
    "ru": Wording(
        "Чтобы найти причину, не хватает некоторых сведений:",
        {
            "steps": "Как это воспроизвести? Больше всего помогает самый короткий список шагов или небольшой пример.",
            "actual": "Что именно происходит? Лучше всего это покажет полный текст ошибки или вывод журнала.",
            "version": "Какую версию вы используете? (Обычно её показывает параметр `--version` или окно "
            "«О программе».)",
            "environment": "Где это происходит: в какой операционной системе, в каком браузере, на каком устройстве?",
            "expected": "Что должно было произойти вместо этого?",
        },
        "Пожалуйста, заполните то, о чём спрашивает форма: ",
        "Пожалуйста, дополните issue или ответьте здесь; после этого просьба исчезнет сама.",
    ),
    "zh": Wording(
        "为了找到原因，还需要一些信息：",
        {
            "steps": "如何复现？最短的操作步骤或一个小例子最有帮助。",
            "actual": "具体发生了什么？请附上完整的错误信息或日志输出。",
            "version": "您使用的是哪个版本？（通常可用 `--version` 选项或在“关于”窗口中查看。）",
            "environment": "在哪里发生：什么操作系统、浏览器或设备？",
            "expected": "您期望的结果是什么？",
        },
        "请填写表单要求的内容：",
        "请编辑此 issue 或在这里回复；之后这条请求会自动消失。",
    ),
    "ja": Wording(
        "原因を調べるために、もう少し情報が必要です：",
        {
            "steps": "どうすれば再現できますか？最短の手順、または小さな例があるととても助かります。",
            "actual": "具体的に何が起こりますか？エラーメッセージの全文やログ出力があると確実です。",
            "version": "どのバージョンをお使いですか？（通常は `--version` オプションや「バージョン情報」で確認できます。）",
            "environment": "どこで起こりますか：OS、ブラウザ、またはデバイスを教えてください。",
            "expected": "本来はどうなるはずでしたか？",
        },
        "フォームの次の項目を記入してください：",
        "Issue を編集するか、ここに返信してください。このお願いは自動的に消えます。",
    ),
    "ko": Wording(
        "원인을 찾으려면 정보가 조금 더 필요합니다:",
        {
            "steps": "어떻게 재현할 수 있나요? 가장 짧은 단계나 작은 예제가 가장 도움이 됩니다.",
            "actual": "정확히 어떤 일이 일어나나요? 전체 오류 메시지나 로그 출력이 가장 좋습니다.",
            "version": "어떤 버전을 사용하시나요? (보통 `--version` 옵션이나 정보 창에서 확인할 수 있습니다.)",
            "environment": "어디에서 발생하나요: 어떤 운영 체제, 브라우저 또는 기기인가요?",
            "expected": "원래는 어떻게 되어야 하나요?",
        },
        "양식에서 요청하는 항목을 채워 주세요: ",
        "이슈를 수정하거나 여기에 답글을 남겨 주세요. 그러면 이 요청은 저절로 사라집니다.",
    ),
    "it": Wording(
        "Per trovare la causa serve qualche informazione in più:",
        {
            "steps": "Come si può riprodurre? L’elenco più breve di passi, o un piccolo esempio, aiuta più di tutto.",
            "actual": "Che cosa succede esattamente? Il messaggio d’errore completo o l’output del log lo dice meglio.",
            "version": "Quale versione usi? (Di solito la mostra l’opzione `--version` o la finestra «Informazioni».)",
            "environment": "Dove succede: su quale sistema operativo, browser o dispositivo?",
            "expected": "Che cosa ti aspettavi invece?",
        },
        "Per favore, compila ciò che il modulo chiede: ",
        "Per favore, modifica l’issue o rispondi qui; questa richiesta poi scompare da sola.",
    ),
}
