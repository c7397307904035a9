import time
from collections.abc import Iterable

import pytest

from gateway.classify.detector import Budget, BudgetSpent, Passage, Revised, Span
from gateway.classify.names.countries import load_countries
from gateway.classify.names.detector import NamesDetector, agree, blank, load_detector, open_names, windows
from gateway.classify.names.model import Name
from gateway.classify.names.second import load_second
from gateway.classify.shadow import Shadow
from gateway.settings import ClassifySettings

ALWAYS = Budget(float("inf"), lambda: 0.0)


@pytest.fixture(scope="module")
def detector() -> NamesDetector:
    return load_detector()


def found(detector: NamesDetector, text: str) -> set[tuple[str, str]]:
    return {(span.type, text[span.start : span.end]) for span in detector.detect(Passage.of(text, Shadow()), ALWAYS)}


SIDE_BY_SIDE = (
    "Please ask Priya Raman", "about the lease.", "", "from", "Leeds", "Dear Mrs.", "Vandermeer", "联系人：", "王晓明",
    "李娜，住在上海。", "\n", "Sonnenschein GmbH", "anna\nkowalski", "12", "my name is tomasz", "kowalski",
    "word " * 2_000, "Springfield, IL 62704", "x = Foo(bar)",
)  # fmt: skip


def test_texts_read_together_are_read_as_each_by_itself(detector: NamesDetector) -> None:
    passages = [Passage.of(text, Shadow()) for text in SIDE_BY_SIDE * 3]
    together: dict[int, list[Span]] = {}
    for number, span in detector.detect_all(passages, ALWAYS):
        together.setdefault(number, []).append(span)
    for number, passage in enumerate(passages):
        assert together.get(number, []) == list(detector.detect(passage, ALWAYS))
    assert len(together) >= 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please ask Priya Raman about the lease.", ("PERSON", "Priya Raman")),
        ("My name is Oyelaran Adeyemi and I live in Leeds.", ("PERSON", "Oyelaran Adeyemi")),
        ("my name is tomasz kowalski and i live in berlin", ("PERSON", "tomasz kowalski")),
        ("Dear Mrs. Vandermeer, thank you for your letter.", ("PERSON", "Vandermeer")),
        ("We fly from Reykjavik to Guadalajara on Monday.", ("LOCATION", "Guadalajara")),
        (
            "Send it to 14 Maple Street, Springfield, IL 62704 please.",
            ("LOCATION", "14 Maple Street, Springfield, IL 62704"),
        ),
        ("She works for Brauhaus Sonnenschein GmbH in Augsburg.", ("ORGANIZATION", "Brauhaus Sonnenschein GmbH")),
        ('{"name": "Ewa Zielinska", "city": "Gdansk"}', ("PERSON", "Ewa Zielinska")),
        ("Sehr geehrte Frau Obermüller, vielen Dank.", ("PERSON", "Obermüller")),
        ("Das ist nicht von mir, das war Herr Xelmbrok und nicht der Pförtner.", ("PERSON", "Xelmbrok")),
        ("Der Patient Jürgen Wiesner wohnt in Kassel.", ("PERSON", "Jürgen Wiesner")),
        ("联系人：王晓明，电话13800000000", ("CN_PERSON", "王晓明")),
        ("我叫李娜，住在上海。", ("CN_PERSON", "李娜")),
        ("我们明天去北京。", ("LOCATION", "北京")),
        ("甲方：恒信科技有限公司", ("ORGANIZATION", "恒信科技有限公司")),
    ],
)
def test_names_are_found_in_english_german_and_chinese(
    detector: NamesDetector, text: str, expected: tuple[str, str]
) -> None:
    assert expected in found(detector, text)


@pytest.mark.parametrize(
    "text",
    [
        "Revenue grew in the third quarter; operating margin improved.",
        "Please review the Privacy Policy before Friday.",
        "def get_user(name: str) -> User:\n    return session.query(User).filter(User.name == name).first()",
        "TypeError: cannot read property 'City' of undefined",
        "Rose petals and sage make a nice tea. Will you mark the date?",
        "The gateway holds a Verdict for each Attempt and returns the StateVault.",
        "Die Rechnung ist am Montag fällig und liegt im Anhang.",
        "请帮我写一个排序函数。",
        "今天天气很好，会议改到明天下午。",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ" * 12,
        "Die Auslastung stieg im Januar auf 42 Prozent; im Oktober war sie höher.",
        "Ist der Befehl nicht vorhanden, wird das Verzeichnis gelesen und der Pfad geprüft.",
        "文件范围和颜色设置在程序的权限信息里。",
        "In-house nothing leaves. Half-way the access is withdrawn.",
        "Packages read: php-twig, ruby-rack, librust-serde-json-dev, golang-golang-x-net-dev.",
        "A Markov chain over Debian packages in Kotlin, Swift and Go; sources: VIES, DE; VIES, BG; Gemma RMSNorm.",
        "| 车牌, 车牌号, 车牌号码 | 手机, 手机号 | 免許証番号, 身分證 |",
    ],
)
def test_text_without_people_has_no_person(detector: NamesDetector, text: str) -> None:
    assert not [each for each in found(detector, text) if "PERSON" in each[0]]


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of Peru?",
        "We moved from China to the Netherlands.",
        "Unser Werk liegt in Deutschland, nicht in der Schweiz.",
        "我们明年去中国和德国。",
    ],
)
def test_a_country_alone_scores_too_little_to_be_reported(detector: NamesDetector, text: str) -> None:
    least = ClassifySettings().score_milli
    spans = list(detector.detect(Passage.of(text, Shadow()), ALWAYS))
    assert {span.type for span in spans} == {"LOCATION"}
    assert all(span.score_milli < least for span in spans)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("We live in Lima, Peru.", "Lima"),
        ("Send it to 14 Maple Street, Springfield, Germany please.", "14 Maple Street, Springfield"),
        ("She moved to California last year.", "California"),
        ("我们明天去北京。", "北京"),
    ],
)
def test_what_is_smaller_than_a_country_keeps_its_score(detector: NamesDetector, text: str, place: str) -> None:
    spans = detector.detect(Passage.of(text, Shadow()), ALWAYS)
    assert any(text[span.start : span.end].startswith(place) and span.score_milli >= 500 for span in spans)


def test_an_article_does_not_make_another_country_and_an_island_of_few_is_none() -> None:
    countries = load_countries()
    assert all(
        name in countries
        for name in ("Peru", "the  Netherlands", "die Schweiz", "L'Italie", "PERU", "秘鲁", "Peru and China")
    )
    assert not any(
        name in countries for name in ("", "the", "Lima", "Pitcairn", "New York", "Peru Street", "Lima, Peru", "上海")
    )


def test_the_same_passage_gives_the_same_names_whatever_was_read_before(detector: NamesDetector) -> None:
    text = "Ines Moreau met Tunde Balogun in Lyon."
    first = found(load_detector(), text)
    found(detector, " ".join(f"Word{number}x" for number in range(40_000)))
    assert found(detector, text) == first


def test_no_word_of_a_text_is_kept(detector: NamesDetector) -> None:
    found(detector, "Zyxwvutsrqe Ponmlkj called.")
    assert not any(isinstance(key, str) for key in detector._latin._memory.rows)


def test_places_are_those_of_the_passage_in_a_later_window(detector: NamesDetector) -> None:
    text = "Nothing to see in this line of text.\n" * 600 + "My name is Karim Benali."
    assert ("PERSON", "Karim Benali") in found(detector, text)


def test_the_time_limit_is_asked_between_windows(detector: NamesDetector) -> None:
    spent = Budget(0.0, lambda: 1.0)
    with pytest.raises(BudgetSpent):
        list(detector.detect(Passage.of("My name is Karim Benali.", Shadow()), spent))


def test_text_without_letters_is_not_read(detector: NamesDetector) -> None:
    assert not detector.may_find(Passage.of("1234 - 5678 !!", Shadow()))
    assert detector.may_find(Passage.of("x", Shadow()))


@pytest.mark.parametrize("unit", ["(", "a.", "Aa", "John Smith ", "王", "1.1.1.1 ", "a-"])
def test_two_hundred_kilobytes_of_anything_take_linear_time(detector: NamesDetector, unit: str) -> None:
    def seconds(size: int) -> float:
        started = time.process_time()
        found(detector, unit * (size // len(unit)))
        return time.process_time() - started

    seconds(1_000)
    assert seconds(200_000) < 2.5


def test_windows_cover_the_text_once_and_break_at_lines() -> None:
    text = ("some words in a line\n" * 1_000) + "x" * 30_000
    pieces = [text[start:end] for start, end in windows(text)]
    assert "".join(pieces) == text
    assert pieces[0].endswith("\n")
    assert max(map(len, pieces)) <= 8_192


def test_long_runs_are_blanked_in_place() -> None:
    text = "key " + "A9" * 80 + " end"
    assert len(blank(text)) == len(text)
    assert blank(text).split() == ["key", "end"]


def test_two_readers_who_agree_are_surer_and_the_second_adds_its_own() -> None:
    first = [Name(0, 4, "PERSON", 0.6)]
    second = [Name(0, 9, "PERSON", 0.5), Name(20, 25, "LOCATION", 0.5)]
    assert list(agree(first, second)) == [Name(0, 4, "PERSON", pytest.approx(0.8)), Name(20, 25, "LOCATION", 0.5)]


def test_the_second_reader_is_asked_when_there_is_one(detector: NamesDetector) -> None:
    class Echo:
        revision = "1"

        def names(self, text: str) -> Iterable[Name]:
            yield Name(0, 5, "ORGANIZATION", 0.99)

    both = NamesDetector(detector._latin, detector._chinese, load_countries(), Echo())
    assert ("ORGANIZATION", "Plain") in found(both, "Plain words only")


def test_the_packaged_second_model_reads_without_a_download() -> None:
    names = {(name.type, name.start, name.end) for name in load_second().names("Please ask Priya Raman about it.")}
    assert names == {("PERSON", 11, 22)}


def test_readings_are_kept_under_the_second_model_they_were_made_with(detector: NamesDetector) -> None:
    assert isinstance(detector, Revised)
    assert load_detector(load_second()).revision != detector.revision


def test_off_means_no_detector() -> None:
    assert open_names("off") == []
    assert [each.name for each in open_names("crf")] == ["names"]


@pytest.mark.parametrize(
    "text",
    [
        "QUJD " * 200,
        "Date:   Tue Mar 4 10:12:55 2025 +0000",
        "Rose petals are pink.",
        "Die Suppe mit Muskat und einem Schuss Sahne abschmecken.",
        "Fichte, Tanne und Lärche sind Nadelbäume; Ahorn und Esche werfen im Herbst ihr Laub.",
        "Stepping on a rake hurts twice.",
        "Whoever installs this has to restart the server.",
        "Nvidia and AMD both support the extension; we detect the vendor.",
    ],
)
def test_fillings_dates_things_and_first_words_are_nobody(detector: NamesDetector, text: str) -> None:
    assert [each for each in found(detector, text) if each[0] == "PERSON"] == []


def test_a_form_and_minutes_name_people_whatever_the_model_says(detector: NamesDetector) -> None:
    text = 'Présents : Clotilde Hamelin, Youssef Benkirane.\n{"last_name": "Thorvaldsen"}'
    people = {name for kind, name in found(detector, text) if kind == "PERSON"}
    assert people == {"Clotilde Hamelin", "Youssef Benkirane", "Thorvaldsen"}


def test_a_date_of_another_language_is_no_place(detector: NamesDetector) -> None:
    assert found(detector, "Seine geb. lautet 12. März 1991.") == set()
