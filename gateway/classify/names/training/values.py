"""Values for the slots of a template: pieces of text, each with the type it is, or none. Deterministic by generator."""

# ruff: noqa: E501  (forms of names and addresses, one a line)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import TypeVar

from gateway.classify.names.acronyms import ACRONYMS
from gateway.classify.names.training import phrases, words
from gateway.classify.names.training.sources import People, Sources

T = TypeVar("T")
Piece = tuple[str, str]
"""Text and type; the type is empty for text that is no name."""

_HONORS = "Mr.|Mrs.|Ms.|Dr.|Mr|Mrs|Ms|Dr|Prof.|Miss|Herr|Frau".split("|")
_MONTHS = "January February March April May June July August September October November December".split()
_LATIN_COUNTRIES = (
    "US GB IE AU NZ CA DE AT CH FR BE ES MX AR CO IT NL PT BR PL CZ SE NO DK FI HU RO HR SI TR IN ZA NG KE".split()
)


class Values:
    """Draws values. `home` is the share of people and places from the locales of the template's language."""

    def __init__(self, random: Random, sources: Sources, locales: Sequence[str], countries: Sequence[str]) -> None:
        """Takes the locales and countries at home in the language of the templates."""
        self._random = random
        self._sources = sources
        self._locales = [each for each in locales if each in sources.latin]
        self._all = sorted(sources.latin)
        self._countries = countries
        self._home = 0.7
        self._slots = self._slot_table()

    def draw(self, slot: str) -> list[Piece]:
        """Returns the pieces for one slot."""
        return self._slots[slot]()

    def _slot_table(self) -> Mapping[str, Callable[[], list[Piece]]]:
        def person(make: Callable[[], str]) -> Callable[[], list[Piece]]:
            return lambda: [(make(), "PERSON")]

        def place(make: Callable[[], str]) -> Callable[[], list[Piece]]:
            return lambda: [(make(), "LOCATION")]

        def org(make: Callable[[], str]) -> Callable[[], list[Piece]]:
            return lambda: [(make(), "ORGANIZATION")]

        return {
            "person": person(self.person),
            "first": person(self.first),
            "last": person(self.last),
            "firstinitial": person(lambda: f"{self.first()} {self._one('ABCDEFGHJKLMNPRSTVWZ')}."),
            "lastfirst": person(lambda: f"{self.last()}, {self.first()}"),
            "personupper": person(lambda: self.person().upper()),
            "lastupper": person(lambda: self.last().upper()),
            "firstupper": person(lambda: self.first().upper()),
            "personlower": person(lambda: self._first_last().lower()),
            "firstlower": person(lambda: self.first().lower()),
            "lastlower": person(lambda: self.last().lower()),
            "plural": person(lambda: f"{self.last()}s"),
            "initials": person(self.initials),
            "slashname": person(lambda: "/".join(reversed(self._first_last().split(" ", 1))).upper()),
            "noble": person(lambda: f"{self._one(('von', 'zu', 'von der', 'van'))} {self.last()}"),
            **{f"{code}last": person(partial(self.particled, code)) for code in words.PARTICLES_OF},
            **{f"{code}person": person(partial(self._particled_person, code)) for code in words.PARTICLES_OF},
            "cyrperson": person(self.cyrillic),
            "org": org(self.organisation),
            "orgupper": org(lambda: self.organisation().upper()),
            "orglower": org(lambda: self.organisation().lower()),
            "club": org(lambda: self._compose(words.CLUB)),
            "venue": org(lambda: self._compose(words.VENUE)),
            **{f"{code}org": org(partial(self._compose, forms)) for code, forms in words.ORGS_OF.items()},
            "university": org(partial(self._compose, words.UNIVERSITY)),
            "hospital": org(partial(self._compose, words.HOSPITAL)),
            "lawfirm": org(self._law_firm),
            "city": place(self.city),
            "cityupper": place(lambda: self.city().upper()),
            "citylower": place(lambda: self.city().lower()),
            "country": place(self.country),
            "region": place(self._region),
            "place": place(self._place),
            "street": place(self.street),
            "address": place(self.address),
            "fulladdress": place(self.full_address),
            "addresslower": place(lambda: self.full_address().lower()),
            "state": place(self.state),
            "streetname": place(lambda: f"{self._street_name()} {self._one(words.STREET_TYPES[:16])}"),
            "destreet": place(lambda: self._street_of("de")),
            **{f"{code}address": place(partial(self.address_of, code)) for code in ("de", "fr", "es", "it", "nl")},
            "addressupper": place(lambda: self.address().upper()),
            "addressblock": self._block,
            **{slot: self._plain(make) for slot, make in self._plain_table().items()},
        }

    def _plain_table(self) -> Mapping[str, Callable[[], str]]:
        number = self._random.randint
        return {
            "honor": lambda: self._one(_HONORS),
            "hisher": lambda: self._one(("his", "her", "their")),
            "comma": lambda: self._one((",", "")),
            "dot": lambda: self._one((".", "", "")),
            "jobtitle": lambda: self._one(words.JOBS),
            "colon": lambda: self._one((":", " :", "", " -")),
            "stage": lambda: self._one(phrases.STAGE),
            "rolecap": lambda: self._one(phrases.ROLES).capitalize(),
            **{name: partial(self._one, listed) for name, listed in phrases.SLOTS.items()},
            "num": lambda: str(number(1, self._one((9, 99, 9999)))),
            "id": lambda: f"{self._one(('', 'INV-', 'A', 'CASE-', '#', 'K', 'PO', 'HR-'))}{number(100, 999999)}",
            "amount": lambda: self._one(("${0:,}", "{0:,} EUR", "€{0}", "{0}.00", "£{0:,}", "{0} USD")).format(
                number(5, 90000)
            ),
            "date": self._date,
            "time": lambda: f"{number(0, 23):02}:{number(0, 59):02}{self._one(('', '', ':07', ' am'))}",
            "phone": self._phone,
            "email": lambda: f"{self._ascii(self.first())}.{self._ascii(self.last())}@{self._domain()}",
            "domain": self._domain,
            "acronym": lambda: self._one(ACRONYMS),
            "illness": lambda: self._one(words.ILLNESSES),
            "drug": lambda: self._one(words.DRUGS),
            "dept": lambda: self._one(words.DEPARTMENTS),
        }

    @staticmethod
    def _plain(make: Callable[[], str]) -> Callable[[], list[Piece]]:
        return lambda: [(make(), "")]

    def _one(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _people(self) -> People:
        locale = self._one(self._locales if self._chance(self._home) else self._all)
        return self._sources.latin[locale]

    def first(self) -> str:
        """Returns a first name, at times a double one."""
        people = self._people()
        name = self._one(people.first)
        return f"{name}-{self._one(people.first)}" if self._chance(0.02) else name

    def last(self) -> str:
        """Returns a last name, at times a double one."""
        people = self._people()
        name = self._one(people.last)
        return f"{name}-{self._one(people.last)}" if self._chance(0.03) else name

    def person(self) -> str:
        """Returns a person as written in running text: first and last name of one origin, middle parts at times."""
        people = self._people()
        first, last = self._one(people.first), self._one(people.last)
        shape = self._random.random()
        forms: Sequence[tuple[float, Callable[[], str]]] = (
            (0.07, lambda: f"{first} {self._one('ABCDEFGHJKLMNPRSTW')}. {last}"),
            (0.10, lambda: f"{first} {self._one(people.first)} {last}"),
            (0.13, lambda: f"{first[0]}. {last}"),
            (0.14, lambda: f"{first} {last[0]}."),
            (0.15, lambda: f"{first} {last}-{self._one(people.last)}"),
            (0.18, lambda: f"{first} {self._one(words.PARTICLES)} {last}"),
            (0.20, lambda: f"{first} {last} {self._one(('Jr.', 'Jr', 'III', 'II', 'Sr.'))}"),
            (0.24, lambda: first),
            (1.01, lambda: f"{first} {last}"),
        )
        return next(make for limit, make in forms if shape < limit)()

    def _first_last(self) -> str:
        people = self._people()
        return f"{self._one(people.first)} {self._one(people.last)}"

    def _law_firm(self) -> str:
        return f"{self.last()} {self._one(('&', 'and'))} {self.last()} {self._one(('LLP', 'PC', ''))}".strip()

    def cyrillic(self) -> str:
        """Returns a person in Cyrillic or Greek letters."""
        people = self._sources.cyrillic[self._one(sorted(self._sources.cyrillic))]
        return f"{self._one(people.first)} {self._one(people.last)}"

    def organisation(self) -> str:
        """Returns an organisation of one of many forms."""
        forms: Sequence[tuple[float, Callable[[], str]]] = (
            (0.16, lambda: f"{self.last()} {self._one(words.ORG_SUFFIX)}"),
            (0.24, lambda: f"{self.last()}{self._one((' & ', ' and ', '-', ', '))}{self.last()}{self._suffix()}"),
            (0.28, lambda: f"{self.last()}, {self.last()} {self._one(('and', '&'))} {self.last()}{self._suffix()}"),
            (0.47, lambda: f"{self._one(words.ORG_FIRST)} {self._one(words.ORG_SECOND)}{self._suffix()}"),
            (0.52, lambda: f"{self.last()} {self._one(words.ORG_SECOND)}{self._suffix()}"),
            (0.56, lambda: f"{self._one(words.ORG_FIRST)} {self._one(words.ORG_FIRST)} {self._one(words.ORG_SECOND)}"),
            (0.60, lambda: f"{self.city()} {self._one(words.ORG_SECOND)}{self._suffix()}"),
            (0.72, lambda: f"{self._coined()}{self._suffix(0.5)}"),
            (0.75, lambda: f"{self._coined()} {self._one(words.ORG_SECOND)}"),
            (0.79, lambda: "".join(self._one("ABCDEFGHIKLMNOPRSTUVW") for _ in range(self._one((3, 3, 4))))),
            (0.92, lambda: self._one(words.KNOWN_ORGS)),
            (1.01, lambda: self._compose((*words.PUBLIC_BODY, *words.UNIVERSITY, *words.HOSPITAL))),
        )
        draw = self._random.random()
        return next(make for limit, make in forms if draw < limit)()

    def _suffix(self, probability: float = 0.45) -> str:
        return f"{self._one((' ', ' ', ', '))}{self._one(words.ORG_SUFFIX)}" if self._chance(probability) else ""

    def _coined(self) -> str:
        syllables = "".join(self._one(words.COINED) for _ in range(self._one((1, 2, 2))))
        name = syllables + self._one(words.COINED_END)
        return (
            name.capitalize()
            if self._chance(0.85)
            else syllables.capitalize() + self._one(words.COINED_END).capitalize()
        )

    def _compose(self, forms: Sequence[str]) -> str:
        return self._one(forms).format(
            city=self.city(),
            country=self.country(),
            first=self.first(),
            last=self.last(),
            matter=self._one(words.MATTERS),
        )

    def city(self) -> str:
        """Returns a city: often a large one, often one of the countries of the language."""
        places = self._sources.places
        if self._chance(0.3):
            return places.cities[int(self._random.random() ** 2 * 3000)]
        country = self._one(self._countries if self._chance(self._home) else _LATIN_COUNTRIES)
        return self._one(places.by_country[country])

    def country(self) -> str:
        """Returns a country."""
        return self._one(self._sources.places.countries)

    def state(self) -> str:
        """Returns a state of the USA."""
        return self._one(self._sources.places.states)[0]

    def _region(self) -> str:
        return self.country() if self._chance(0.5) else self.state()

    def _place(self) -> str:
        return self.city() if self._chance(0.5) else self._region()

    def street(self) -> str:
        """Returns a street with its number, in the order of one of several countries."""
        number = self._random.randint(1, self._one((30, 200, 9999)))
        forms: Sequence[Callable[[], str]] = (
            lambda: f"{number} {self._street_name()} {self._one(words.STREET_TYPES)}{self._unit()}",
            lambda: f"{number} {self._street_name()} {self._one(words.STREET_TYPES)}{self._unit()}",
            lambda: f"{number} {self._street_name()} {self._one(words.STREET_TYPES)}",
            lambda: f"{self._german_street()} {number % 200}{self._one(('', '', 'a', 'b'))}",
            lambda: f"{number % 300}{self._one((' ', ', '))}{self._one(words.FR_STREETS)}{self._one(words.FR_OF)}",
            lambda: (
                f"{self._one(words.ES_STREETS)}{self._one((self._one(words.ES_OF), self.last()))}{self._one((' ', ', '))}{number % 300}"
            ),
            lambda: f"{self._one(words.IT_STREETS)}{self._one(words.IT_OF)}{self._one((' ', ', '))}{number % 300}",
            lambda: f"{self._one(words.NL_OF)}{self._one(words.NL_STREETS)} {number % 300}",
            lambda: f"{self.last()} {number}",
            lambda: f"{self._one(('P.O. Box', 'PO Box', 'Postfach'))} {number}",
        )
        chosen = 0 if self._chance(0.4) else int(self._random.random() * len(forms))
        return forms[chosen]()

    def _street_name(self) -> str:
        return self._one(
            (self._one(words.STREET_WORDS), self.last(), self.first(), f"{self._random.randint(4, 120)}th")
        )

    def _unit(self) -> str:
        if not self._chance(0.2):
            return ""
        return f"{self._one((', ', ' '))}{self._one(('Apt', 'Apt.', 'Suite', 'Unit', 'Floor', '#'))} {self._random.randint(1, 990)}"

    def _german_street(self) -> str:
        stem, end = self._one(words.DE_STREETS), self._one(("straße", "str.", "weg", "gasse", "allee", "platz"))
        if stem.endswith("_"):
            return f"{stem[:-1]} {end.capitalize()}"
        return stem + end if self._chance(0.8) else f"{self.last()}{end}"

    def _postcode(self) -> str:
        letter = self._one("ABCDEFGHJKLMNPRSTW")
        number = self._random.randint(10000, 99999)
        return self._one(
            (
                f"{number}",
                f"{number}",
                f"{letter}{letter}{number % 10} {number % 9}{letter}B",
                f"{number // 10}",
                f"{number // 10} {letter}X",
            )
        )

    def _town(self) -> str:
        name, code = self._one(self._sources.places.states)
        city, postcode = self.city(), self._postcode()
        return self._one((
            f"{city}, {code} {self._random.randint(10000, 99999)}", f"{city}, {code}", f"{city}, {name}",
            f"{city}, {code} {self._random.randint(10000, 99999)}", f"{postcode} {city}", f"{city} {postcode}", city, f"{city}, {self.country()}",
        ))  # fmt: skip

    def address(self) -> str:
        """Returns an address on one line."""
        country = f", {self.country()}" if self._chance(0.15) else ""
        return (
            self.street()
            if self._chance(0.12)
            else f"{self.street()}{self._one((', ', ', ', ', ', ' ', ' - '))}{self._town()}{country}"
        )

    def initials(self) -> str:
        """Returns a last name with one or two initials before it."""
        letters = [self._one("ABCDEFGHJKLMNOPRSTVWYZ") for _ in range(self._one((1, 1, 2)))]
        last = self.last()
        return self._one(
            (f"{'. '.join(letters)}. {last}", f"{'.'.join(letters)}. {last}", f"{' '.join(letters)} {last}")
        )

    def particled(self, code: str) -> str:
        """Returns a last name as one language writes it: with a particle, at times two of them."""
        people = self._people()
        last = self._one(people.last)
        if code == "es":
            return f"{last}{self._one((' ', ' ', ' y ', ' de '))}{self._one(people.last)}"
        particle = self._one(words.PARTICLES_OF[code])
        return f"{particle}{last}" if particle.endswith("'") else f"{particle} {last}"

    def _particled_person(self, code: str) -> str:
        first = self._one(self._people().first)
        return f"{first} {self.particled(code) if self._chance(0.6) else self.last()}"

    def full_address(self) -> str:
        """Returns an address of one line as it is written in one of many countries, postal code and all."""
        number = self._random.randint(1, self._one((30, 200, 9999)))
        state, code = self._one(self._sources.places.states)
        street = f"{self._street_name()} {self._one(words.STREET_TYPES)}"
        compass = self._one(words.COMPASS)
        city, zip5 = self.city(), f"{self._random.randint(10000, 99999)}"
        british = f"{self._one(words.UK_AREAS)}{number % 20 + 1} {number % 9}{self._one('ABDEFGHJLNPRTU')}{self._one('ABDEFGHJLNPRTU')}"
        unit = self._one(words.UNITS).format(number % 60 + 1, self._one("ABCDEFG"))
        comma = self._one((", ", ", ", " "))
        forms: Sequence[Callable[[], str]] = (
            lambda: f"{number} {street}{comma}{unit}{comma}{city}, {code} {zip5}",
            lambda: f"{number} {compass} {street}{comma}{city}, {self._one((code, state))} {zip5}",
            lambda: f"{number} {compass} {self._random.randint(3, 120)}th Street{comma}{unit}, {city}, {code} {zip5}",
            lambda: f"{number} {street} {self._one(('NW', 'SE', 'NE', 'SW'))}, {city}, {code}",
            lambda: f"{number} {compass} {street}",
            lambda: f"{number} {street} in {city}, {state}",
            lambda: f"{number} {street}, {city}{self._one((', ', ' '))}{british}",
            lambda: f"{unit}, {number} {street}, {city} {british}",
            lambda: f"{unit}, {number} {street}",
            lambda: f"The Old {self._one(words.STREET_WORDS)}, {street}, {city} {british}",
            lambda: (
                f"{self._one(('P.O. Box', 'PO Box', 'P. O. Box', 'RR 2 Box'))} {number}{comma}{city}{comma}{code} {zip5}"
            ),
            lambda: (
                f"{number % 90}-{number % 19 + 1}-{number % 9 + 1} {city}, {self.city()}{self._one(('', '-ku', '-shi'))} {number % 900 + 100}-{zip5[:4]}"
            ),
            lambda: f"{number} {street}, {city} {self._one(('VIC', 'NSW', 'QLD', 'WA', 'SA', 'TAS'))} {zip5[:4]}",
            lambda: (
                f"{number} {street}, {city}, {self._one(('ON', 'BC', 'AB', 'QC', 'MB'))} {self._one('KLMVTH')}{number % 9}{self._one('ABCEHJ')} {number % 7}{self._one('ABCEHJ')}{number % 8}"
            ),
            lambda: (
                f"{self._one('ABCD')}-{number} {self.last()} {self._one(('Apartments', 'Nagar', 'Towers', 'Enclave'))}, {self._one(('MG Road', 'Station Road', 'Link Road'))}, {city} {zip5}1"
            ),
            lambda: f"{number} Jalan {self.last()}, {zip5} {city}",
            lambda: self.address_of(self._one(("de", "fr", "es", "it", "nl"))),
            lambda: f"{street}, {city}",
        )
        return self._one(forms)()

    def _street_of(self, code: str) -> str:
        number = self._random.randint(1, self._one((30, 200)))
        of = {
            "de": lambda: f"{self._german_street()} {number}{self._one(('', '', 'a', 'b', '-12'))}",
            "fr": lambda: (
                f"{number}{self._one(('', '', ' bis', ' ter'))}{self._one((' ', ', '))}{self._one(words.FR_STREETS)}{self._one((self._one(words.FR_OF), self.person()))}"
            ),
            "es": lambda: (
                f"{self._one(words.ES_STREETS)}{self._one((self._one(words.ES_OF), self.last()))}{self._one((' ', ', ', ', nº '))}{number}"
            ),
            "it": lambda: (
                f"{self._one(words.IT_STREETS)}{self._one((self._one(words.IT_OF), self.person()))}{self._one((' ', ', '))}{number}"
            ),
            "nl": lambda: (
                f"{self._one((self._one(words.NL_OF), self.last()))}{self._one(words.NL_STREETS)} {number}{self._one(('', '', 'a', '-II'))}"
            ),
        }
        return of[code]()

    def address_of(self, code: str) -> str:
        """Returns an address as one country writes it."""
        street, city, number = self._street_of(code), self.city(), self._random.randint(10000, 99999)
        gap = self._one((", ", ", ", " ", " - "))
        if code == "nl":
            letters = self._one((f" {self._one('ABCDEHJKLN')}{self._one('ABCDEHJKLN')}", ""))
            return f"{street}{gap}{number % 9000 + 1000}{letters} {city}"
        if self._chance(0.12):
            box = {"de": "Postfach", "fr": "BP", "es": "Apartado de Correos", "it": "Casella Postale"}[code]
            return f"{box} {number % 9000}{gap}{number} {city}"
        if self._chance(0.15):
            return street
        if self._chance(0.1) and code == "de":
            return f"{number % 9000 + 1000} {city}, {street}"
        if self._chance(0.1) and code == "es":
            return f"{street}{gap}{number % 8 + 1}º {self._one('ABCD')}{gap}{number} {city}"
        return f"{street}{gap}{self._one((f'{number} ', f'{number} ', f'{number} ', ''))}{city}"

    def _block(self) -> list[Piece]:
        lines = [self.street(), self._town()]
        if self._chance(0.3):
            lines.append(self.country())
        if self._chance(0.1):
            lines.insert(0, f"{self._one(('Suite', 'Apt.', 'Building', 'Floor'))} {self._random.randint(1, 99)}")
        pieces: list[Piece] = []
        for line in lines:
            pieces += [(line, "LOCATION"), (self._one(("\n", "\n", "\n", ",\n")), "")]
        return pieces[:-1]

    def _date(self) -> str:
        day, month, year = self._random.randint(1, 28), self._random.randint(1, 12), self._random.randint(1940, 2027)
        return self._one((
            f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}", f"{month}/{day}/{year}", f"{year}",
            f"{day} {_MONTHS[month - 1]} {year}", f"{_MONTHS[month - 1]} {day}, {year}", f"{_MONTHS[month - 1]} {year}", f"{day}. {month}.",
        ))  # fmt: skip

    def _phone(self) -> str:
        return "".join(str(self._random.randint(0, 9)) if c == "0" else c for c in self._one(
            ("(000) 555-0100", "+1 000 555 0100", "000-555-0000", "+49 30 000000", "020 7946 0000", "+33 1 00 00 00 00", "13800000000")
        ))  # fmt: skip

    def _domain(self) -> str:
        return f"{self._ascii(self._one((self.last(), self._coined())))}.{self._one(('example', 'example.com', 'test', 'example.org'))}"

    @staticmethod
    def _ascii(name: str) -> str:
        return "".join(c for c in name.lower() if c.isascii() and c.isalpha()) or "x"
