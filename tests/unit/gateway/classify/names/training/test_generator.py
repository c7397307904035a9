"""The generator of training text, with lists of invented names, so that nothing but the product has to be installed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from random import Random

import pytest

from gateway.classify.names.crf import TYPES
from gateway.classify.names.training.corpus import (
    CHECK_ONLY,
    FILES,
    Corpus,
    chinese_corpus,
    held_out_samples,
    latin_corpus,
)
from gateway.classify.names.training.sources import ChineseParts, People, Places, Sources, romanise
from gateway.classify.names.training.templates import Sample, read_templates, split_templates

FIRST = ("Qavo", "Qelin", "Qirra", "Qomar", "Quvia")
LAST = ("Zqabel", "Zqenor", "Zqilan", "Zqotti", "Zquram")
CITIES = tuple(
    "Xw" + "".join(parts)
    for parts in itertools.islice(itertools.product("aeiou", "bdgklmnrst", "aeiou", "bdgklmnrst", "ae"), 3000)
)
COUNTRY_CODES = (
    "US GB IE AU NZ CA DE AT CH FR BE ES MX AR CO IT NL PT BR PL CZ SE NO DK FI HU RO HR SI TR IN ZA NG KE".split()
)
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "own_zh")
SOURCES = Sources(
    latin={locale: People(FIRST, LAST) for locale in LOCALES},
    cyrillic={"ru_RU": People(("Квавол", "Квелин"), ("Жквабель", "Жквенор"))},
    chinese=People(("晓明", "丽华", "建国"), ("王", "李", "张")),
    chinese_parts=ChineseParts(("朝阳", "西湖"), ("浙江省", "广东省"), ("恒信", "远大"), ("有限公司", "网络有限公司")),
    places=Places(
        cities=CITIES,
        by_country=dict.fromkeys(COUNTRY_CODES, CITIES[:50]),
        countries=("Xqaria", "Xqonia"),
        states=(("Xqalifor", "XF"), ("Xqevada", "XV")),
        chinese=("杭州", "深圳", "成都"),
    ),
)
BACKGROUND = [f"The parser reads option {number} and writes the result to the log file." for number in range(200)]


def latin(seed: int, size: int = 3000) -> Corpus:
    return latin_corpus(Random(seed), SOURCES, BACKGROUND, size)


def chinese(seed: int, size: int = 400) -> Corpus:
    return chinese_corpus(Random(seed), SOURCES, ["今天天气很好。"], size)


@pytest.fixture(scope="module")
def samples() -> tuple[Sample, ...]:
    made = (latin(1, 8000), chinese(1))
    return tuple(sample for corpus in made for sample in (*corpus.train, *corpus.held_out))


@pytest.mark.parametrize("make", [latin, chinese])
def test_the_same_seed_gives_the_same_text_and_another_seed_other_text(make: Callable[[int], Corpus]) -> None:
    assert make(7) == make(7)
    assert make(7) != make(8)


def test_every_span_is_a_whole_name_of_a_known_type(samples: tuple[Sample, ...]) -> None:
    for sample in samples:
        end = 0
        for start, stop, kind in sorted(sample.spans):
            name = sample.text[start:stop]
            assert kind in TYPES
            assert end <= start < stop <= len(sample.text)
            assert name == name.strip()
            end = stop


def test_names_of_people_come_from_the_lists(samples: tuple[Sample, ...]) -> None:
    cyrillic = [name for people in SOURCES.cyrillic.values() for name in (*people.first, *people.last)]
    listed = [name.casefold() for name in (*FIRST, *LAST, *cyrillic, *romanise(cyrillic))]
    for sample in samples:
        for start, stop, kind in sample.spans:
            name = sample.text[start:stop].casefold()
            if kind == "PERSON" and not re.search("[\u4e00-\u9fff]", name):
                assert any(each in name for each in listed)


def test_no_name_stands_outside_a_span(samples: tuple[Sample, ...]) -> None:
    names = re.compile(rf"(?i)(?<![\w.@+/-])(?:{'|'.join((*FIRST, *LAST, *CITIES[:50]))})(?![\w.@+-]*@|[\w/])")
    for sample in samples:
        rest = list(sample.text)
        for start, stop, _ in sample.spans:
            rest[start:stop] = " " * (stop - start)
        assert not names.search("".join(rest)), sample


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("English", "Dear"),
        ("German", "Sehr geehrte"),
        ("French", "Bonjour"),
        ("Spanish", "Hola"),
        ("Italian", "Ciao"),
        ("Dutch", "Mijn naam is"),
        ("Portuguese", "Meu nome é"),
        ("Russian", "Меня зовут"),
        ("Chinese", "联系人"),
    ],
)
def test_every_language_is_learnt_with_names_in_it(samples: tuple[Sample, ...], language: str, word: str) -> None:
    assert any(word in sample.text and sample.spans for sample in samples), language


def test_no_template_is_both_learnt_and_held_out() -> None:
    for file in (*FILES, "zh.txt"):
        learnt, held = split_templates(read_templates(file))
        assert held
        assert not set(learnt) & set(held)
    assert CHECK_ONLY not in FILES


@pytest.mark.parametrize("file", [*FILES, "zh.txt", CHECK_ONLY])
def test_every_file_gives_texts_to_check_with(file: str) -> None:
    texts = list(held_out_samples(file, Random(1), SOURCES, 20))
    assert len(texts) == 20
    assert any(sample.spans for sample in texts) is (file not in {"en_nothing.txt", "en_calm.txt"})


def test_background_stays_without_names_or_gets_them_marked() -> None:
    made = [sample for sample in latin(3).train if "parser reads option" in sample.text]
    assert any(not sample.spans for sample in made)
    assert any(sample.spans for sample in made)
