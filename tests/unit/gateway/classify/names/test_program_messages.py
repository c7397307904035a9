"""Messages of programs, buttons and menus name nobody, in German, Chinese and Japanese; people beside them do."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.names import chinese, everyday, german
from gateway.classify.names.detector import load_detector
from gateway.classify.shadow import Shadow

DETECTOR = load_detector()
LEAST = 350
"""The score below which nothing is reported by default."""


def people(text: str) -> list[str]:
    spans = DETECTOR.detect(Passage.of(text, Shadow()), Budget(float("inf"), lambda: 0.0))
    return [text[s.start : s.end] for s in spans if s.type in ("PERSON", "CN_PERSON") and s.score_milli >= LEAST]


MESSAGES = {
    "en": (
        "Motion Blur\nBrush Radius\nInvert Selection\nToggle Drawable\n",
        "cset \"name='Headphone Mixer Volume' 10\"\ncset \"name='Playback Polarity' 1\"\n",
        "    # Multiset-style operations discussed in:\n    #       Knuth TAOCP Volume II section 4.6.3\n",
        "Reset to Default\nForeground Hue\nCorrupted Partition\n",
    ),
    "de": (
        "Ungültiger Schlüssel: %s\nDie Datei kann nicht geöffnet werden.\n",
        "Vordergrund: Erste Farbe der Palette verwenden\nHintergrund: Vorige Palettenfarbe verwenden\n",
        "Prüfe Cache-Verzeichnis\nEntferne Kindprozess %s aus der Kette.\n",
        "Falscher Systemaufruf\nUngültige Anzahl von Bytes wird nicht verglichen.\n",
        "Unbekanntes Zielformat\nVerwenden Sie --part-type, wenn die Partition neu ist.\n",
        "Abstand vom linken Rand\nRand auf den Schieber anwenden\nWarmes Leuchten\n",
        "Das Gerät wiegt 12 kg und braucht 378 Watt; die Abmessungen stehen auf Seite 4.\n",
        "2026-03-01 02:11:07 Warnung [planer] Verbindung zur Datenbank verloren, neuer Versuch in 5 s\n",
        "Fehler: Zeitüberschreitung beim Lesen, der Vorgang wird nicht wiederholt.\n",
        "Lesen von der Eingabe ist nicht möglich, Anzahl der Farben fehlt.\n",
        'msgid "Invalid option"\nmsgstr "Ungültige Option"\nmsgid "Next color"\nmsgstr "Nächste Farbe"\n',
    ),
    "zh": (
        "无法打开文件 %s\n无效的命令\n列出所有的大小\n",
        "更改所选向量的强度\n减小工具的角度\n反转画布的材质\n",
        "%s:%d: 警告: 未结束的字符常量\n无法解码\n选项计数超出范围\n",
        "無法寫入新的索引檔案\n顯示快照檔案欄位的有效範圍\n要執行的指令\n",
    ),
    "es, it, nl": (
        "Margen izquierdo\nHay un segmento sin nombre\nZona horaria no válida\n",
        "Versie %s van het bestand\nRand rondom de afbeelding\n",
    ),
    "code": (
        "    execute(): Promise<void>;\n    reader: Option<Waker>,\n",
        "git branch [--sort=<Schlüssel>] [<Muster>...]\n",
    ),
    "ja": (
        "警告: 文法エラー\n仲間リストを読み込めません\n",
        "警告: この鍵は信用されていない\nISA でクロックにアクセスします\n",
    ),
}


@pytest.mark.parametrize("text", [text for texts in MESSAGES.values() for text in texts])
def test_program_messages_name_nobody(text: str) -> None:
    assert people(text) == []


PEOPLE = {
    "Ansprechpartner: Yusupha Wiedenhoeft, bitte nur mit Termin, und nicht am Freitag.": "Yusupha Wiedenhoeft",
    "Bitte rufen Sie Herrn Linke zurück, der Server ist nicht erreichbar.": "Linke",
    "Die Datei ist von Anna Rand und nicht von mir.": "Anna Rand",
    "Dear Mr. Rand, the server is back.": "Rand",
    "Die Datei hat Yusupha Lindenbaum geschrieben, sie ist noch nicht geprüft.": "Yusupha Lindenbaum",
    "Bitte rufen Sie Frau Ottweiler zurück, die Datei ist nicht angekommen.": "Ottweiler",
    "Die Änderung kommt von Jürgen Schubert und wird noch geprüft.": "Jürgen Schubert",
    "Der Schlüssel liegt bei Katharina Lindner im Büro.": "Katharina Lindner",
    "请联系张伟处理这个文件。": "张伟",
    "患者李建国，男，五十二岁，今天复诊。": "李建国",
    "王芳已经提交了申请，请尽快审核。": "王芳",
}


@pytest.mark.parametrize("text", PEOPLE)
def test_people_beside_such_words_are_found(text: str) -> None:
    assert any(PEOPLE[text] in found or found in PEOPLE[text] for found in people(text))


@pytest.mark.parametrize(
    ("words", "are"),
    [
        (["Ungültiger", "Schlüssel"], True),
        (["Vorige", "Palettenfarbe"], True),
        (["Prüfe", "Cache-Verzeichnis"], True),
        (["Adeyemi"], False),
        (["Yusupha", "Ceesay"], False),
        (["Ungültiger", "Ceesay"], False),
    ],
)
def test_all_words_must_be_words_of_messages(words: list[str], are: bool) -> None:
    assert german.are_ordinary(words) is are


@pytest.mark.parametrize(
    ("text", "run", "is_word"),
    [
        ("打印大小", "印大小", True),  # begins inside a word
        ("正在等待程序结束", "程序", True),
        ("联系人：程序", "程序", True),  # so frequent that a label does not help
        ("设为全透明", "全透明", True),  # a rare surname before an everyday word
        ("请联系张伟处理", "张伟", False),
        ("王建国来电", "王建国", False),
        ("王", "王", False),
    ],
)
def test_everyday_words_are_told_from_names_by_their_pairs(text: str, run: str, is_word: bool) -> None:
    start = text.index(run)
    assert chinese.is_word(text, start, start + len(run), DETECTOR._chinese.known) is is_word


@pytest.mark.parametrize(
    ("text", "words", "is_one"),
    [
        ("GNUPG 系统", ["GNUPG"], True),
        ("忽略 LDAP CRL 分发点", ["LDAP", "CRL"], True),
        ("联系 MARTHA ADEYEMI 女士", ["MARTHA", "ADEYEMI"], False),
        ("联系 Martha 女士", ["Martha"], False),
        ("the GNUPG system", ["GNUPG"], False),
    ],
)
def test_capital_letters_in_chinese_text_are_abbreviations(text: str, words: list[str], is_one: bool) -> None:
    start = text.index(words[0])
    end = text.index(words[-1]) + len(words[-1])
    assert chinese.is_abbreviation(words, text, start, end) is is_one


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("memoria del framebuffer.\nSalida Quorlix\nNúmero del proceso\n", []),
        ("Öffnet Lücken an Überschneidungen\nÖffnet Zorblen\n", []),
        ("Estimado señor Salida Quorlix, gracias.", ["Salida Quorlix"]),
        ("Please ask Qavona Zerbeli about the invoice.", ["Qavona Zerbeli"]),
        ("Regards,\nTendai Mukwaso\n", ["Tendai Mukwaso"]),
    ],
)
def test_an_everyday_word_with_one_on_no_list_is_somebody_only_where_announced(text: str, found: list[str]) -> None:
    assert people(text) == found


def test_an_everyday_word_names_somebody_only_where_it_is_said_to() -> None:
    assert everyday.is_called("Dear Mr. Rand", 9)
    assert not everyday.is_called("Linker Rand", 7)


@pytest.mark.parametrize(
    ("written", "is_none"),
    [("张伟", False), ("欧阳修文", False), ("安全的", True), ("仲間リスト", True), ("Mac 格式", True), ("约翰·史密斯", False)],
)  # fmt: skip
def test_what_is_no_chinese_name_anywhere(written: str, is_none: bool) -> None:
    assert chinese.is_no_person(written) is is_none


@pytest.mark.parametrize(
    ("text", "name", "is_announced"),
    [
        ("患者：迪丽达娜今天复诊", "迪丽达娜", True),
        ("阿依古丽女士来电", "阿依古丽", True),
        ("约翰·史密斯来电", "约翰·史密斯", True),
        ("更改大小", "大小", False),
    ],
)
def test_a_title_or_a_label_announces_somebody(text: str, name: str, is_announced: bool) -> None:
    start = text.index(name)
    assert chinese.is_announced(text, start, start + len(name)) is is_announced


PROGRAM_TEXT = (
    "%s: Toon versie\nOpenen van %s mislukt\nMarge van %d\n",
    "%s files\nHangul Jamo\n%s done\n",
    "%(count)s files\nSalida EMF\nHangul Jamo\n%(name)s extendido\n",
    "%s wird installiert\nFassung 7.2 »Zorblen Quaddo«\n%d Dateien\n",
    "Forza: %d\nConti e azioni di %s\n_Apri\n",
    "&Datei öffnen\nBrennen nicht möglich: %1\nDünne Linien\n",
    "%s 已打开\n无法写入 %s(_W)\n高亮显示\n莫斯科时间\n",
    "%s を開けません\n高優先度(_H)\n支払頻度\n",
)


@pytest.mark.parametrize("text", PROGRAM_TEXT)
def test_format_strings_and_menus_name_nobody(text: str) -> None:
    assert people(text) == []


SOMEBODY_THERE = (
    ("Datei %s fehlt\nVerantwortlich: Frau Okonjo\n%d Fehler\n", "Okonjo"),
    ("cannot open %s\nplease ask Qavona Zerbeli about %d\n", "Qavona Zerbeli"),
    ("Macro%d\nVorname: Qavona Zerbeli\n%d Datei\n", "Qavona Zerbeli"),
    ("cannot open %s\nplease ask Anna Schmidt about %d\n", "Anna Schmidt"),
    ("打开 %s 失败\n负责人：王小明\n%d 个错误\n", "王小明"),
)


@pytest.mark.parametrize(("text", "name"), SOMEBODY_THERE)
def test_who_is_announced_among_format_strings_is_found(text: str, name: str) -> None:
    assert name in people(text)


def test_a_first_name_alone_is_found_where_no_format_strings_are() -> None:
    assert people("Yesterday I met Marge at the station, she says hello.\n50 % of it is hers & mine.\n") == ["Marge"]
