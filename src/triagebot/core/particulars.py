"""Tell which particulars of a bug a text gives: steps, what happens, what should, version, environment.

By structure (headings, lists, code, logs, pictures, links) and by words of ten languages. When in doubt a
particular is there: somebody asked for what they wrote is lost, somebody not asked is not. Every pattern is
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from triagebot.core.sections import Code, code_apart, heading_of, key, parts

Particular = Literal["steps", "actual", "expected", "version", "environment"]
PARTICULARS: tuple[Particular, ...] = ("steps", "actual", "version", "environment", "expected")
"""In the order in which they are asked for."""

LONGEST = 70_000


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE | re.MULTILINE)


# What a heading or a form's label asks for: searched in `sections.key(heading)`.
_ASKS: dict[Particular, re.Pattern[str]] = {
    "steps": _any(
        r"\brepro|\bsteps?\b|test case|(?:sample|example|standalone) code|code (?:sample|example)|minimal example",
        r"\bhow to\b|wie .{0,40}nachstell|reproduz|nachvollzieh|schritte|étapes|pasos|passos|passi\b|riprod",
        r"воспроизв|шаги|重现|复现|步骤|再現|手順|재현",
    ),
    "expected": _any(
        r"expect|should happen|erwart|soll verhalten|attendu|esperad|espérad|atteso|previsto",
        r"ожида|期望|预期|期待|예상|기대",
    ),
    "actual": _any(
        r"\bactual|current|observed|happen|describe|description|\bbug\b|problem|\bissue\b|summary|error|exception",
        r"\blogs?\b|output|stack|trace|screenshot|beschreib|tatsächlich|fehler|verhalten|comportement|erreur",
        r"descri|comportam|errore?\b|\breal\b|atual|attuale|факт|текущ|произошло|описание|ошибк",
        r"实际|现象|描述|错误|日志|问题|実際|エラー|ログ|概要|現在|실제|현재|오류|설명|로그",
    ),
    "version": _any(
        r"versi|\brelease\b|\bbuild\b|\bcommit\b|верси|版本|バージョン|버전",
        r"system info|environment|umgebung|環境|环境",
    ),
    "environment": _any(
        r"environment|system|platform|\bos\b|desktop|smartphone|device|browser|machine|hardware|setup|umgebung",
        r"environnement|entorno|sistema|ambiente|plattform|plateforme|plataforma|окружен|систем|платформ",
        r"环境|系统|平台|環境|システム|환경|운영|플랫폼",
    ),
}


def asked_by(label: str) -> frozenset[Particular]:
    """Return what a heading or form label asks for; nothing where it is something else."""
    words = key(label)
    found = frozenset(name for name, pattern in _ASKS.items() if pattern.search(words))
    return found - {"actual"} if "expected" in found else found  # "What should happen?"


def given(title: str, text: str) -> frozenset[Particular]:
    """Return what the title and the author's own words give.

    `text` holds no headings without substance and nothing that a template wrote; see `forms.written`.
    """
    text = text[:LONGEST]
    found: set[Particular] = set()
    for part in parts(text):
        if part.heading and any(char.isalnum() for line in part.lines for char in line):
            found |= asked_by(part.heading)
    prose, blocks = code_apart(text)
    prose = "\n".join(line for line in prose.split("\n") if not _only_heading(line))
    prose = f"{title}\n{prose}"
    if _code_without_fence(prose) or any(block.lines for block in blocks):
        found |= _of_code(blocks, prose)
    numbered = len(_NUMBERED.findall(prose))
    if _STEPS.search(prose) or _DOING.match(title) or numbered >= 2:
        found.add("steps")
    if _ACTUAL.search(prose) or numbered >= 3:  # the last step often says it
        found.add("actual")
    if _EXPECTED.search(prose):
        found.add("expected")
    everything = "\n".join([prose, *(line for block in blocks for line in block.lines)])
    if _VERSION.search(_NO_VERSION.sub(" ", everything)):
        found.add("version")
    if _ENVIRONMENT.search(everything):
        found.add("environment")
    return frozenset(found)


def says_it_fails(title: str) -> bool:
    """Return True if a title says outright that something fails, and asks and wishes for nothing."""
    return _FAILS.search(title) is not None and _ASKING.search(title) is None


def for_insiders(text: str) -> bool:
    """Return True if a text leans on what insiders know: links, tickets, people, pictures, tests, names in the code."""
    return _ELSEWHERE.search(text) is not None or _INSIDE.search(text) is not None


def _only_heading(line: str) -> bool:
    heading = heading_of(line)
    return heading is not None and not heading[1]


def _code_without_fence(prose: str) -> bool:
    return len(_INDENTED.findall(prose)) >= 2


def _of_code(blocks: Iterable[Code], prose: str) -> set[Particular]:
    """Return what code says: output what happens, anything else how to get there. Unclear code says both."""
    found: set[Particular] = set()
    if _code_without_fence(prose):
        found |= {"steps", "actual"}
    for block in blocks:
        output = sum(1 for line in block.lines if _OUTPUT.search(line[:500]))
        lines = sum(1 for line in block.lines if line.strip())
        if output:
            found.add("actual")
        if lines > 2 * output:
            found.add("steps")
        if lines and not output and block.info.split(" ")[0] in ("", "text", "log", "console", "txt"):
            found.add("actual")
    return found


_NUMBERED = re.compile(r"^[ \t>]{0,8}(?:\d{1,2}[.)]|step \d)[ \t]*\S", re.IGNORECASE | re.MULTILINE)
_INDENTED = re.compile(r"^(?: {4}|\t)[ \t]{0,20}[^\s\-*+>\d]", re.MULTILINE)
_OUTPUT = re.compile(
    r"error|exception|traceback|warn|fatal|panic|fail|\bat [\w.$<>/]+[ (:]|^\s*#\d+\s|^\s*File \"|\b\d\d:\d\d:\d\d"
    r"|segmentation|abort|\[(?:info|debug|trace)\]",
    re.IGNORECASE,
)

_STEPS = _any(
    r"\brepro(?:duc\w{1,6})?\b|\brepro steps|\bminimal\b.{0,30}\b(?:example|case)",
    r"\b(?:when|whenever|after|once|while|if|by|every time|as soon as|upon|during)\b[ \t]{1,9}(?:[\w'’]{1,30}[ \t,]{1,9}){0,3}"
    r"(?:i|you|we|one|user|users|\w{3,30}ing|\w{3,30}s|is|are|has|have)\b",
    r"\btr(?:y|ied|ying)\b.{0,10}\bto\b|\b(?:click|press|open|run|ran|select|type|scroll|drag|navigate|install|go to)"
    r"(?:s|ed|ing|ning)?\b[ \t]{1,9}\S{1,60}[ \t]{1,9}\S",
    r"^[ \t]{0,9}[$>#][ \t]{1,9}[a-z][\w.-]{0,40}[ \t]{1,9}\S|`[^`\n]{1,80}[ \t][^`\n]{1,200}`",
    r"codesandbox|stackblitz|jsfiddle|codepen|plnkr|playground|gist\.github|colab|\.ipynb|asciinema|youtu\.?be|\.mp4"
    r"|\.mov\b|\.gif\b|\.webm|github\.com/[\w.-]{1,60}/[\w.-]{1,60}(?!/(?:issues|pull))",
    r"\b(?:wenn|sobald|nachdem|beim|immer wenn|falls) \w+|\b(?:quand|lorsque|dès que|après avoir|si je|en \w+ant)\b",
    r"\b(?:cuando|al \w{1,30}r|después de|si yo|tras)\b|\b(?:quando|ao \w{1,30}r|depois de|após|dopo aver|se io)\b",
    r"(?:когда|при \w{4,30}|после \w{4,30}|если)|当.{0,40}时|在.{1,40}(?:时|后)|之后|点击|打开|运行|使用.{1,30}时",
    r"すると|したとき|した時|際に|クリック|開く|実行|起動時|하면|할 때|클릭|실행|열면",
)
_DOING = re.compile(r"\W{0,3}\w{3,30}ing (?!is\b|does\b)", re.IGNORECASE)  # "Saving a file loses it"
_ACTUAL = _any(
    r"\b\w{0,40}(?:error|exception)s?\b|\bfatal\b|\bpanic|seg(?:mentation )?fault|core dump|sigsegv|stack ?trace",
    r"!\[|<img\b|user-images|user-attachments|\bscreen ?shots?\b|[\"“«„][^\"”»“\n]{2,200}[\"”»“]",
    r"\b(?:crash|freez|froze|hang|hung|stuck|stall|block|wrong|incorrect|invalid|blank|empty|missing|disappear|vanish"
    r"|instead|rather than|return|show|display|print|throw|raise|report|result|produce|render|log|output|ignore|slow"
    r"|leak|los[et]|duplicat|flicker|overlap|overflow|timeout|times? out|denied|refus|reject|close|quit|exit|restart"
    r"|reset|appear|become|turns?|stays?|remains?|keeps?|stops?|increase|decrease|grow|too (?:long|large|small|many)"
    r"|gone|jump|still|even|does nothing|nothing happens|no (?:response|effect|output|longer)|unable|can ?no?t\b|can['’]t|fails? to|does ?n['’]t (?!work)"
    r"|does not (?!work)|is ?n['’]t (?!work)|is not (?!work)|are not|never|unexpected|gets?\b|get(?:ting)?\b|see\b)",
    r"stürz|absturz|fehler|friert|hängt|leer|falsch|statt\b|zeigt|erscheint|fehlt|verschwind|meldung|reagiert|nichts",
    r"\bplant|erreur|bloqu|fig[ée]|\bvide|manqu|affich|au lieu|disparaî|se ferme|rien ne|lent",
    r"se cierra|congel|vací|muestra|en (?:lugar|vez) de|desaparec|no pasa nada|aparece|lent[oa]|fallo",
    r"\berro\b|trava|fecha|vazi|mostra|em vez|nada acontece|congela|devagar",
    r"errore|blocca|chiude|manca|vuot|invece|sparisc|lent[oa]",
    r"ошибк|пада|завис|вылет|пуст|вместо|показыва|исчез|закрыва|ничего|медлен|не откры|не отобр",
    r"报错|错误|崩溃|闪退|卡|空白|显示|缺|消失|异常|提示|失败|无法|不能|慢|变成|返回",
    r"エラー|クラッシュ|落ち|固ま|フリーズ|表示|空白|消え|代わり|例外|失敗|できない|できません|遅い|なる|ません",
    r"오류|에러|충돌|멈|표시|빈 |사라|실패|예외|않|안 |느리",
)
_EXPECTED = _any(
    r"expect|should|supposed|instead|ought|would like|want|correct(?:ly)? (?:would|is)|erwart|sollte|attend|devrait",
    r"esper|deber[ií]a|deveria|dovrebbe|ожида|должн|应该|期望|预期|希望|べき|期待|はず|예상|기대|해야",
)
_FAILS = _any(
    r"\b(?:bugs?|broken|crash(?:es|ed|ing)?|errors?|exceptions?|fail(?:s|ed|ing|ure)?|freez(?:es|ing)|frozen|hangs?)\b",
    r"\b(?:does|do|is|are|did)(?: not|n['’]?t) (?:\w{1,30} )?(?:work|start|open|load|run|respond|show|save|install|launch)",
    r"\b(?:not working|stopped working)\b|\b(?:can['’]?t|cannot|unable to) (?!be\b)",
    r"stürzt|absturz|fehler|kaputt|funktioniert .{0,30}nicht|geht nicht|startet .{0,30}nicht|hängt sich",
    r"\bplante|erreur|ne (?:fonctionne|marche|démarre|s['’]ouvre) (?:pas|plus)|no (?:funciona|abre|arranca|inicia)|falla\b",
    r"se cierra|não (?:funciona|abre|inicia)|\berro\b|trava|non (?:funziona|si apre|parte)|errore|si blocca",
    r"не (?:работает|запускается|открывается|грузится)|ошибк|пада[ею]|вылета|завис",
    r"崩溃|闪退|报错|错误|无法|不能用|失败|クラッシュ|エラー|落ち|動かない|動作しない|できない|오류|충돌|안 ?(?:돼|됨|됩)|작동하지",
)
_ASKING = _any(
    r"[?？]\s*$|^(?:[\w /-]{1,30}: ?|\W{0,3})(?:how|what|why|is|are|can|could|should|does|do|where|which|add|allow|support|provide|improve)\b",
    r"^(?:[\w /-]{1,30}: ?|\W{0,3})(?:make|implement|introduce|feature|enhancement|request|proposal|fix(?:e[sd])?|handle|remove|bump"
    r"|update|use|correct|port|print|don['’]?t|avoid|change|refactor|clarify)\b|\bshould\b|\bto add\b|\b(?:docs?|documentation|readme|handbook|manual|typos?)\b",
    r"\b(?:better|clearer|improve) error|error (?:message|handling|code)s?\b",
)
_ELSEWHERE = _any(r"\battach(?:ed|ments?)\b|https?://|(?<!&)#\d|\bGH-\d|(?<![\w.])@\w|!\[|<img\b")
_INSIDE = re.compile(
    r"\b(?!\w{0,60}(?:Error|Exception)\b)(?:[A-Z]{0,9}[a-z]{1,30}){1,2}(?:[A-Z]{1,9}[a-z0-9]{1,30}){2}|\b\w{1,60}\(\)"
    r"|\b[a-z]\w{0,40}_\w{1,40}|\b[A-Z]{2,12}-\d{2,6}\b|\b[Tt]ests?\b|\bCI\b|\b[Ff]lak\w{1,9}"
)
"""Names of three humps, calls, snake_case, tickets, tests; but no exception, which users see too."""
_NO_VERSION = _any(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    r"\b(?:windows|win|mac ?os(?: x)?|os x|ubuntu|debian|fedora|ios|ipados|android|centos|rhel|mint|iphone|ipad|pixel"
    r"|galaxy)[ \t]{0,3}(?:lts|server|pro|home|version)?[ \t]{0,3}v?\d[\d.]{0,12}",
    r"https?://\S{1,500}",
)
_VERSION = _any(
    r"\bv?\d{1,4}\.\d{1,5}(?:\.\w{1,20}|x\b)*|\b(?:version|release|build|revision|ver|v)[ \t]{0,3}[:=.#]?[ \t]{0,3}v?\d",
    r"\b(?:latest|newest|master|trunk|nightly|canary|alpha|beta|rc\d{0,2}|lts|upstream|(?:main|dev|develop) branch"
    r"|(?:all|any|every|previous|current|recent|older|old|new|last|stable) (?:version|release|build)s?)\b|\bHEAD\b",
    r"\b(?=[a-f]{0,40}\d)[0-9a-f]{7,40}\b|\b[a-z]{2,20}[ -]?\d{1,2}\b",
    r"neueste|aktuelle|letzte version|dernière|última|ultima|recente|последн|最新|当前版本|最近|最新版|최신",
    r"(?:version|versão|versión|версия|版本|バージョン|버전)[ \t:：]{0,3}\S{0,10}\d",
)
_ENVIRONMENT = _any(
    r"\b(?:windows|win(?:10|11|7|8|32|64)|mac ?os|mac(?:book)?|os ?x|linux|ubuntu|debian|fedora|arch|centos|rhel|mint"
    r"|suse|alpine|nixos|freebsd|android|ios|iphone|ipad|docker|podman|kubernetes|wsl|chrome|chromium|firefox|safari"
    r"|edge|opera|x86(?:_64)?|amd64|arm64|aarch64|m1|m2|m3|gpu|cuda|aws|gcp|gke|eks|aks|azure|raspberry|laptop|server)\b"
)
