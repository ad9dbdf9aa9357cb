"""Which language an issue is written in; English where that is unclear."""

import pytest

from triagebot.core.language import SPOKEN, language, spoken


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The application crashes when I open a large file"),
        ("de", "Die Anwendung stürzt ab, wenn ich eine große Datei öffne"),
        ("fr", "L'application plante quand j'ouvre un gros fichier"),
        ("es", "La aplicación se cierra al abrir un archivo grande"),
        ("pt", "O aplicativo fecha quando abro um arquivo muito grande"),
        ("it", "L'applicazione si blocca quando apro un file di grandi dimensioni"),
        ("ru", "Приложение вылетает, когда я открываю большой файл"),
        ("zh", "打开大文件时应用程序崩溃"),
        ("ja", "大きなファイルを開くとアプリがクラッシュします"),
        ("ko", "큰 파일을 열면 앱이 충돌합니다"),
        ("tr", "Büyük bir dosya açtığımda uygulama çöküyor"),
        ("pl", "Aplikacja ulega awarii, gdy otwieram duży plik"),
    ],
)
def test_a_sentence(code, text):
    assert language(text) == code
    assert language(text.upper()) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "Absturz",
        "NullPointerException at com.example.Main.run(Main.java:10)",
        "`für jede Zeile` src/große_datei.py https://example.com/für/alle",
        "```\nDie Datei wurde nicht gefunden, bitte prüfen Sie den Pfad.\n```",
        "<!-- Bitte alle Felder ausfüllen und die Vorlage nicht löschen. -->",
        "\u200b" * 500,
        "\ud800" * 50,
    ],
)
def test_code_scraps_and_what_nobody_sees_say_nothing(text):
    assert language(text) == "en"


def test_code_does_not_drown_the_words():
    log = "\n".join(f"ERROR the file could not be opened by the server {n}" for n in range(50))
    assert language(f"Beim Öffnen der Datei passiert das hier:\n\n```\n{log}\n```") == "de"


def test_a_language_that_we_cannot_answer_in_is_answered_in_english():
    assert [spoken(code) for code in SPOKEN] == list(SPOKEN)
    assert spoken("tr") == "en"


@pytest.mark.parametrize("piece", ["a", "你好世界", "a`", "A", "a.", "aB"])
def test_long_texts_without_spaces_are_read_as_quickly_as_any(piece):
    text = piece * (65_000 // len(piece))
    for _ in range(20):  # one pattern was quadratic, so that this took 40 s
        language(text)
