"""Check digits of the national and tax numbers of the European Union, by country.

Sources: the European Commission's "VIES VAT number format and check algorithms" and "TIN algorithms", and each issuing
authority's own description, named beside the function. Conventions as in `check_digits`.
"""

from __future__ import annotations

from gateway.classify.recognizers.check_digits import (
    ALPHANUMERIC,
    complement_is,
    is_day,
    luhn,
    mod_11_10,
    mod_97_10,
    remainder_is,
    sums_to,
    verhoeff,
    weighted,
)

_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
_IRISH = "WABCDEFGHIJKLMNOPQRSTUV"
_FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CODICE_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def at_svnr(number: str) -> bool:
    """Austria, Sozialversicherungsnummer: the fourth digit checks the others, modulo 11."""
    weights = (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)
    return len(number) == 10 and number[0] != "0" and weighted(number, weights) % 11 == int(number[3])


def at_vat(number: str) -> bool:
    """Austria, UID: `U`, seven digits, one check digit."""
    number = _without(number, "AT", "U")
    if len(number) != 8 or not number.isdecimal():
        return False
    total = weighted(number[:7:2], (1,) * 4) + sum(sum(divmod(2 * int(each), 10)) for each in number[1:7:2])
    return (96 - total) % 10 == int(number[7])


def _without(number: str, *prefixes: str) -> str:
    for prefix in prefixes:
        number = number.removeprefix(prefix)
    return number


def be_national(number: str) -> bool:
    """Belgium, Rijksregisternummer: 97 less the remainder of the first nine digits, `2` before them from 2000 on."""
    if len(number) != 11 or not is_day(number[:2], f"{int(number[2:4]) % 20:02}", number[4:6]):
        return False
    body, check = number[:9], int(number[9:])
    return check in {97 - int(body) % 97, 97 - int("2" + body) % 97}


def be_vat(number: str) -> bool:
    """Belgium, ondernemingsnummer: 97 less the remainder of the first eight digits."""
    number = _without(number, "BE")
    return len(number) == 10 and number[0] in "01" and 97 - int(number[:8]) % 97 == int(number[8:])


def bg_egn(number: str) -> bool:
    """Bulgaria, EGN: month plus 20 before 1900, plus 40 from 2000 on; weighted sum modulo 11."""
    is_dated = len(number) == 10 and is_day(number[:2], f"{int(number[2:4]) % 20:02}", number[4:6])
    return is_dated and remainder_is(number, (2, 4, 8, 5, 10, 9, 7, 3, 6), 11)


def bg_vat(number: str) -> bool:
    """Bulgaria, EIK of nine digits: two rounds of weights; ten digits are an EGN."""
    number = _without(number, "BG")
    if len(number) == 10:
        return bg_egn(number)
    if len(number) != 9:
        return False
    rest = weighted(number, range(1, 9)) % 11
    if rest == 10:
        rest = weighted(number, range(3, 11)) % 11 % 10
    return rest == int(number[8])


def cy_vat(number: str) -> bool:
    """Cyprus, TIC: odd places through a table, the letter is the sum modulo 26."""
    number = _without(number, "CY")
    if len(number) != 9 or not number[:8].isdecimal() or not number[8].isalpha() or number.startswith("12"):
        return False
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    total = sum(odd[int(each)] for each in number[:8:2]) + sum(int(each) for each in number[1:8:2])
    return chr(ord("A") + total % 26) == number[8]


def cz_birth_number(number: str) -> bool:
    """Czechia and Slovakia, rodne cislo: month plus 50 for women, plus 20 when numbers ran out; divisible by 11."""
    month = int(number[2:4]) % 50 if number[:4].isdecimal() and len(number) in {9, 10} else 0
    month -= 20 * (month > 20)
    if not is_day(number[:2], f"{month:02}", number[4:6]):
        return False
    if len(number) == 9:  # before 1954, without a check digit
        return number[6:] != "000" and int(number[:2]) < 54
    return int(number) % 11 == 0 or (int(number[:9]) % 11 == 10 and number[9] == "0")


def cz_vat(number: str) -> bool:
    """Czechia, DIC: an organisation's eight digits or a birth number."""
    number = _without(number, "CZ")
    if len(number) != 8:
        return cz_birth_number(number)
    rest = (11 - weighted(number, range(8, 1, -1)) % 11) % 11 if number.isdecimal() else -1
    return number[0] != "9" and {0: 1, 10: 0}.get(rest, rest) == int(number[7])


def de_tax_id(number: str) -> bool:
    """Germany, Identifikationsnummer (paragraph 139b AO): MOD 11,10; one digit two or three times, the others once."""
    if len(number) != 11 or number[0] == "0" or not mod_11_10(number):
        return False
    counts = sorted(number[:10].count(each) for each in set(number[:10]))
    return counts[-1] in {2, 3} and counts[:-1] == [1] * (len(counts) - 1)


def de_vat(number: str) -> bool:
    """Germany, USt-IdNr.: nine digits, MOD 11,10."""
    number = _without(number, "DE")
    return len(number) == 9 and number[0] != "0" and mod_11_10(number)


def de_pension(number: str) -> bool:
    """Germany, Versicherungsnummer (paragraph 147 SGB VI): the letter as two digits, cross sums of weighted digits."""
    if len(number) != 12 or not (number[:8] + number[9:]).isdecimal() or not number[8].isalpha():
        return False
    digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    products = (int(each) * weight for each, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return sum(sum(divmod(each, 10)) for each in products) % 10 == int(number[11])


def de_identity_card(number: str) -> bool:
    """Germany, identity card or passport: nine characters and a check digit, ICAO 9303 weights 7, 3, 1."""
    if len(number) != 10 or not number[9].isdecimal() or any(each not in ALPHANUMERIC for each in number):
        return False
    total = sum(ALPHANUMERIC.index(each) * (7, 3, 1)[place % 3] for place, each in enumerate(number[:9]))
    return total % 10 == int(number[9])


def de_health_insurance(number: str) -> bool:
    """Germany, Krankenversichertennummer (paragraph 290 SGB V): a letter as two digits, weights 1, 2, cross sums."""
    if len(number) != 10 or not number[0].isalpha() or not number[1:].isdecimal():
        return False
    digits = f"{ord(number[0]) - 64:02}{number[1:9]}"
    products = (int(each) * (1 + place % 2) for place, each in enumerate(digits))
    return sum(sum(divmod(each, 10)) for each in products) % 10 == int(number[9])


def dk_cpr(number: str) -> bool:
    """Denmark, CPR: a date of birth and four digits. The check digit was given up in 2007 and is not asked for."""
    return len(number) == 10 and is_day(number[4:6], number[2:4], number[:2])


def dk_vat(number: str) -> bool:
    """Denmark, CVR: eight digits, weighted sum divisible by 11."""
    number = _without(number, "DK")
    return len(number) == 8 and number[0] != "0" and sums_to(number, (2, 7, 6, 5, 4, 3, 2, 1), 11)


def baltic_personal(number: str) -> bool:
    """Estonia and Lithuania: sex and century, date of birth, two rounds of weights modulo 11."""
    if len(number) != 11 or number[0] not in "12345678" or not is_day(number[1:3], number[3:5], number[5:7]):
        return False
    rest = weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:
        rest = weighted(number, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return rest == int(number[10])


def ee_vat(number: str) -> bool:
    """Estonia, KMKR: nine digits, weights 3, 7, 1."""
    return sums_to(_without(number, "EE"), (3, 7, 1, 3, 7, 1, 3, 7, 1), 10)


def es_person(number: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23; X, Y, Z of an NIE count as 0, 1, 2."""
    number = _without(number, "ES")
    if len(number) != 9:
        return False
    digits = str("XYZ".find(number[0])) + number[1:8] if number[0] in "XYZ" else number[:8]
    return digits.isdecimal() and _SPANISH[int(digits) % 23] == number[8]


def es_company(number: str) -> bool:
    """Spain, CIF: a letter for the kind, seven digits with a Luhn digit, which some kinds write as a letter."""
    number = _without(number, "ES")
    if len(number) != 9 or number[0] not in "ABCDEFGHJNPQRSUVW" or not number[1:8].isdecimal():
        return False
    check = next(digit for digit in range(10) if luhn(number[1:8] + str(digit)))
    return number[8] in {str(check), "JABCDEFGHI"[check]}


def es_vat(number: str) -> bool:
    """Spain, NIF: of a person or a company."""
    return es_person(number) or es_company(number)


def es_social_security(number: str) -> bool:
    """Spain, NUSS: twelve digits, the last two are the rest modulo 97."""
    if len(number) != 12 or not number.isdecimal():
        return False
    body = number[:10] if number[2] != "0" else number[:2] + number[3:10]
    return int(body) % 97 == int(number[10:])


def fi_personal(number: str) -> bool:
    """Finland, henkilotunnus: date, serial and a check character modulo 31; the sign between them is left out here."""
    digits = number[:6] + number[-4:-1]
    is_formed = len(number) in {10, 11} and digits.isdecimal() and is_day(number[4:6], number[2:4], number[:2])
    return is_formed and _FINNISH[int(digits) % 31] == number[-1]


def fi_vat(number: str) -> bool:
    """Finland, Y-tunnus: seven digits, weighted, modulo 11."""
    return complement_is(_without(number, "FI"), (7, 9, 10, 5, 8, 4, 2), 11, ten=None)


def fr_nir(number: str) -> bool:
    """France, NIR: 97 less the first thirteen characters modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    if len(number) != 15:
        return False
    body = number[:13].replace("2A", "19").replace("2B", "18")
    month = number[3:5]
    is_issued = number[0] in "123478" and (("01" <= month <= "12") or ("20" <= month <= "42") or "50" <= month <= "99")
    return is_issued and (body + number[13:]).isdecimal() and 97 - int(body) % 97 == int(number[13:])


def fr_tax(number: str) -> bool:
    """France, numero fiscal de reference: the last three digits are the first ten modulo 511."""
    return len(number) == 13 and number[0] in "0123" and int(number[:10]) % 511 == int(number[10:])


def fr_siren(number: str) -> bool:
    """France, SIREN (9) and SIRET (14): Luhn."""
    return len(number) in {9, 14} and luhn(number)


def fr_vat(number: str) -> bool:
    """France, TVA: two check digits and a SIREN; newer forms with letters are taken as they are."""
    number = _without(number, "FR")
    if len(number) != 11 or not luhn(number[2:]):
        return False
    return not number[:2].isdecimal() or (int(number[2:]) * 100 + 12) % 97 == int(number[:2])


def gr_afm(number: str) -> bool:
    """Greece, AFM: nine digits, powers of two, modulo 11."""
    return remainder_is(_without(number, "EL", "GR"), (256, 128, 64, 32, 16, 8, 4, 2), 11)


def gr_amka(number: str) -> bool:
    """Greece, AMKA: a date of birth, a serial and a Luhn digit."""
    return len(number) == 11 and is_day(number[4:6], number[2:4], number[:2]) and luhn(number)


def hr_oib(number: str) -> bool:
    """Croatia, OIB: eleven digits, MOD 11,10."""
    number = _without(number, "HR")
    return len(number) == 11 and mod_11_10(number)


def hu_tax(number: str) -> bool:
    """Hungary, adoazonosito jel: 8, then nine digits weighted by their place, modulo 11."""
    return number[:1] == "8" and remainder_is(number, range(1, 10), 11, ten=None)


def hu_social_security(number: str) -> bool:
    """Hungary, TAJ: nine digits, weights 3 and 7."""
    return remainder_is(number, (3, 7, 3, 7, 3, 7, 3, 7), 10)


def hu_vat(number: str) -> bool:
    """Hungary, adoszam: eight digits, of which the last checks; three more may follow."""
    number = _without(number, "HU")
    return len(number) in {8, 11} and sums_to(number[:8], (9, 7, 3, 1, 9, 7, 3, 1), 10)


def ie_pps(number: str) -> bool:
    """Ireland, PPS number and VAT number: seven digits, a letter modulo 23, a second letter counts nine times."""
    number = _without(number, "IE")
    if len(number) not in {8, 9} or not number[:7].isdecimal() or not number[7:].isalpha():
        return False
    total = weighted(number, (8, 7, 6, 5, 4, 3, 2))
    if len(number) == 9:
        total += 9 * (0 if number[8] == "W" else ord(number[8]) - 64)
    return _IRISH[total % 23] == number[7]


def it_fiscal_code(number: str) -> bool:
    """Italy, codice fiscale: odd places through a table, the last letter is the sum modulo 26."""
    if len(number) != 16 or not number[15].isalpha():
        return False
    values = [int(each) if each.isdecimal() else ord(each) - 65 for each in number[:15]]
    return chr(65 + (sum(_CODICE_ODD[each] for each in values[::2]) + sum(values[1::2])) % 26) == number[15]


def it_vat(number: str) -> bool:
    """Italy, partita IVA: eleven digits, Luhn."""
    number = _without(number, "IT")
    return len(number) == 11 and number != "0" * 11 and luhn(number)


def lt_vat(number: str) -> bool:
    """Lithuania, PVM: nine or twelve digits, two rounds of weights."""
    number = _without(number, "LT")
    if len(number) not in {9, 12} or not number.isdecimal():
        return False
    body = number[:-1]
    rest = sum((1 + place % 9) * int(each) for place, each in enumerate(body)) % 11
    if rest == 10:
        rest = sum((1 + (place + 2) % 9) * int(each) for place, each in enumerate(body)) % 11 % 10
    return number[-2] == "1" and rest == int(number[-1])


def lu_vat(number: str) -> bool:
    """Luxembourg, TVA: the first six digits modulo 89."""
    number = _without(number, "LU")
    return len(number) == 8 and number.isdecimal() and int(number[:6]) % 89 == int(number[6:])


def lu_national(number: str) -> bool:
    """Luxembourg, matricule: a date of birth, a serial, a Luhn digit and a Verhoeff digit over the same eleven."""
    if len(number) != 13 or not is_day(number[:4], number[4:6], number[6:8]):
        return False
    return luhn(number[:12]) and verhoeff(number[:11] + number[12])


def lv_personal(number: str) -> bool:
    """Latvia, personas kods: since 2017 `32` and nine digits; before, a date of birth, modulo 11."""
    if len(number) != 11 or not number.isdecimal():
        return False
    if number[:2] != "32" and not is_day(number[4:6], number[2:4], number[:2]):
        return False
    return (1101 - weighted(number, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 == int(number[10])


def lv_vat(number: str) -> bool:
    """Latvia, PVN: of a company by weights modulo 11, of a person the personal code."""
    number = _without(number, "LV")
    if len(number) != 11 or number[0] in "0123":
        return lv_personal(number)
    return weighted(number, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3


def mt_vat(number: str) -> bool:
    """Malta: six digits and two that complete their weighted sum to a multiple of 37."""
    number = _without(number, "MT")
    return len(number) == 8 and number[0] != "0" and sums_to(number, (3, 4, 6, 7, 8, 9, 10, 1), 37)


def nl_bsn(number: str) -> bool:
    """Netherlands, burgerservicenummer: the elfproef, the last digit counts minus one."""
    return number.strip("0") != "" and sums_to(number, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11)


def nl_vat(number: str) -> bool:
    """Netherlands, btw: nine digits by the elfproef, or since 2020 the whole by MOD 97-10."""
    number = _without(number, "NL")
    if len(number) != 12 or number[9] != "B":
        return False
    return nl_bsn(number[:9]) or mod_97_10("NL" + number)


def pl_pesel(number: str) -> bool:
    """Poland, PESEL: a date of birth with the century in the month, weights 1, 3, 7, 9."""
    if len(number) != 11 or not is_day(number[:2], f"{int(number[2:4]) % 20:02}", number[4:6]):
        return False
    return sums_to(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10)


def pl_nip(number: str) -> bool:
    """Poland, NIP: ten digits, modulo 11."""
    return remainder_is(_without(number, "PL"), (6, 5, 7, 2, 3, 4, 5, 6, 7), 11, ten=None)


def pl_regon(number: str) -> bool:
    """Poland, REGON: nine digits, modulo 11."""
    return remainder_is(number, (8, 9, 2, 3, 4, 5, 6, 7), 11)


def pt_nif(number: str) -> bool:
    """Portugal, NIF: nine digits, modulo 11."""
    number = _without(number, "PT")
    return number[:1] in set("123456789") and complement_is(number, (9, 8, 7, 6, 5, 4, 3, 2), 11)


def pt_citizen_card(number: str) -> bool:
    """Portugal, cartao de cidadao: twelve characters, every second doubled as in Luhn, letters from 10."""
    if len(number) != 12 or any(each not in ALPHANUMERIC for each in number):
        return False
    values = [ALPHANUMERIC.index(each) for each in number]
    doubled = (value * 2 - 9 * (value * 2 > 9) if place % 2 == 0 else value for place, value in enumerate(values))
    return sum(doubled) % 10 == 0


def pt_social_security(number: str) -> bool:
    """Portugal, NISS: eleven digits, prime weights."""
    if len(number) != 11 or number[0] not in "12" or not number.isdecimal():
        return False
    return 9 - weighted(number, (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)) % 10 == int(number[10])


def ro_cnp(number: str) -> bool:
    """Romania, CNP: sex and century, date of birth, county, modulo 11 with ten written one."""
    if len(number) != 13 or number[0] == "0" or not is_day(number[1:3], number[3:5], number[5:7]):
        return False
    return remainder_is(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11, ten=1)


def ro_vat(number: str) -> bool:
    """Romania, CUI: two to ten digits, times ten modulo 11."""
    number = _without(number, "RO")
    if not 2 <= len(number) <= 10 or not number.isdecimal() or number[0] == "0":
        return False
    return weighted(number[:-1].rjust(9, "0"), (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(number[-1])


def se_personal(number: str) -> bool:
    """Sweden, personnummer (samordningsnummer: day plus 60): a date of birth and a Luhn digit over ten digits."""
    short = number[-10:]
    day = int(short[4:6]) % 60 if short[:6].isdecimal() and len(number) in {10, 12} else 0
    return is_day(short[:2], short[2:4], f"{day:02}") and luhn(short)


def se_vat(number: str) -> bool:
    """Sweden, momsregistreringsnummer: ten digits with a Luhn digit, then two more."""
    number = _without(number, "SE")
    return len(number) == 12 and number[10:] == "01" and luhn(number[:10])


def si_emso(number: str) -> bool:
    """Slovenia and the other successors of Yugoslavia, EMSO: date of birth, region, modulo 11."""
    if len(number) != 13 or not is_day(("2" if number[4] == "0" else "1") + number[4:7], number[2:4], number[:2]):
        return False
    return complement_is(number, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11)


def si_vat(number: str) -> bool:
    """Slovenia, davcna stevilka: eight digits, modulo 11."""
    number = _without(number, "SI")
    return number[:1] != "0" and complement_is(number, (8, 7, 6, 5, 4, 3, 2), 11, full=-1)


def sk_vat(number: str) -> bool:
    """Slovakia, IC DPH: ten digits, divisible by 11; of a person the birth number."""
    number = _without(number, "SK")
    return len(number) == 10 and number[0] != "0" and number[2] in "234789" and int(number) % 11 == 0
