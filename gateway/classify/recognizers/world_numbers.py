"""Check digits of national numbers outside the European Union, of health and of banking.

Conventions as in `check_digits`; the issuing authority or standard is named beside each function.
"""

from __future__ import annotations

from gateway.classify.recognizers.check_digits import (
    ALPHANUMERIC,
    complement_is,
    is_day,
    luhn,
    mod_11_2,
    mod_97_10,
    remainder_is,
    sums_to,
    verhoeff,
    weighted,
)

_CN_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 91".split()
)
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"


def us_ssn(number: str) -> bool:
    """United States, SSN: an area, a group and a serial that are issued (20 CFR 422.103)."""
    return (
        len(number) == 9
        and number[:3] not in {"000", "666"}
        and number[0] != "9"
        and number[3:5] != "00"
        and number[5:] != "0000"
    )


def us_itin(number: str) -> bool:
    """United States, ITIN: 9, and a group of 50-65, 70-88, 90-92 or 94-99 (IRS publication 1915)."""
    group = number[3:5]
    return (
        len(number) == 9
        and number[0] == "9"
        and any(low <= group <= high for low, high in (("50", "65"), ("70", "88"), ("90", "92"), ("94", "99")))
    )


def us_ein(number: str) -> bool:
    """United States, EIN: a prefix that a campus of the IRS gives out."""
    never = {"00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97"}
    return len(number) == 9 and number[:2] not in never


def us_npi(number: str) -> bool:
    """United States, NPI: ten digits, Luhn over 80840 and the number (45 CFR 162.406)."""
    return len(number) == 10 and number[0] in "12" and luhn("80840" + number)


def us_dea(number: str) -> bool:
    """United States, DEA registration: two letters (or a letter and 9), odd places plus twice the even ones."""
    if len(number) != 9 or not number[2:].isdecimal():
        return False
    return (weighted(number[2:8], (1, 2, 1, 2, 1, 2))) % 10 == int(number[8])


def us_mbi(number: str) -> bool:
    """United States, Medicare beneficiary identifier: letters and digits by place (CMS, "Understanding the MBI")."""
    if len(number) != 11 or number[0] not in "123456789":
        return False
    kinds = zip(number[1:], "CMDCMDCCDD", strict=True)
    allowed = {"C": _MBI_LETTERS, "D": ALPHANUMERIC[:10], "M": _MBI_LETTERS + ALPHANUMERIC[:10]}
    return all(each in allowed[kind] for each, kind in kinds)


def us_routing(number: str) -> bool:
    """United States, ABA routing number: a Federal Reserve prefix and weights 3, 7, 1."""
    prefix = int(number[:2]) if number[:2].isdecimal() else 99
    is_issued = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return is_issued and number != "0" * 9 and sums_to(number, (3, 7, 1, 3, 7, 1, 3, 7, 1), 10)


def gb_nhs(number: str) -> bool:
    """United Kingdom, NHS number: ten digits, modulo 11 (NHS data dictionary)."""
    return complement_is(number, (10, 9, 8, 7, 6, 5, 4, 3, 2), 11, ten=None) and len(set(number)) > 1


def gb_nino(number: str) -> bool:
    """United Kingdom, National Insurance number: a prefix that is issued (HMRC manual NIM39110)."""
    never = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    return len(number) == 9 and number[:2] not in never and number[0] not in "DFIQUV" and number[1] not in "DFIQUVO"


def gb_utr(number: str) -> bool:
    """United Kingdom, unique taxpayer reference: the first digit checks the other nine, modulo 11."""
    if len(number) != 10 or not number.isdecimal():
        return False
    return "21987654321"[weighted(number[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] == number[0]


def gb_vat(number: str) -> bool:
    """United Kingdom, VAT: nine digits, modulo 97, since 2010 with 55 added."""
    number = number.removeprefix("GB").removeprefix("XI")
    if len(number) not in {9, 12} or not number.isdecimal():
        return False
    return weighted(number[:9], (8, 7, 6, 5, 4, 3, 2, 10, 1)) % 97 in {0, 42}


def ch_ahv(number: str) -> bool:
    """Switzerland, AHV number: 756 and an EAN-13 check digit."""
    return number[:3] == "756" and sums_to(number, (1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1), 10)


def ch_uid(number: str) -> bool:
    """Switzerland, UID: CHE and nine digits, modulo 11."""
    return complement_is(number.removeprefix("CHE")[:9], (5, 4, 3, 2, 7, 6, 5, 4), 11, ten=None)


def no_birth_number(number: str) -> bool:
    """Norway, fodselsnummer: a date of birth (D-number: day plus 40) and two check digits modulo 11."""
    if len(number) != 11 or not number.isdecimal():
        return False
    day, month = int(number[:2]) % 40, int(number[2:4]) % 40
    return (
        is_day(number[4:6], f"{month:02}", f"{day:02}")
        and complement_is(number[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2), 11, ten=None)
        and complement_is(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, ten=None)
    )


def is_kennitala(number: str) -> bool:
    """Iceland, kennitala: a date of birth (companies: day plus 40), modulo 11 in the ninth place."""
    if len(number) != 10 or not number.isdecimal() or number[9] not in "089":
        return False
    day = int(number[:2]) - 40 * (int(number[:2]) > 40)
    return is_day(number[4:6], number[2:4], f"{day:02}") and sums_to(number[:9], (3, 2, 7, 6, 5, 4, 3, 2, 1), 11)


def tr_identity(number: str) -> bool:
    """Turkey, T.C. kimlik no: two check digits over odd and even places."""
    if len(number) != 11 or not number.isdecimal() or number[0] == "0":
        return False
    digits = [int(each) for each in number]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def ru_inn(number: str) -> bool:
    """Russia, INN: ten digits of a company with one check digit, twelve of a person with two."""
    if len(number) == 10:
        return remainder_is(number, (2, 4, 10, 3, 5, 9, 4, 6, 8), 11)
    return remainder_is(number[:11], (7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11) and remainder_is(
        number, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11
    )


def ru_snils(number: str) -> bool:
    """Russia, SNILS: eleven digits, the last two are the weighted sum modulo 101."""
    if len(number) != 11 or not number.isdecimal():
        return False
    return weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, 1)) % 101 % 100 == int(number[9:])


def il_identity(number: str) -> bool:
    """Israel, teudat zehut: nine digits, Luhn."""
    return len(number) == 9 and number.strip("0") != "" and luhn(number)


def cn_resident(number: str) -> bool:
    """China, resident identity number (GB 11643-1999): a date of birth and ISO 7064 MOD 11-2."""
    if len(number) != 18 or number[:2] not in _CN_PROVINCES or not "1880" <= number[6:10] <= "2099":
        return False
    return is_day(number[6:10], number[10:12], number[12:14]) and mod_11_2(number)


def cn_company(number: str) -> bool:
    """China, unified social credit code (GB 32100-2015): 31 characters, powers of three modulo 31."""
    if len(number) != 18 or any(each not in _USCC for each in number):
        return False
    total = sum(_USCC.index(each) * pow(3, place, 31) for place, each in enumerate(number[:17]))
    return (31 - total % 31) % 31 == _USCC.index(number[17])


def tw_identity(number: str) -> bool:
    """Taiwan, identity number: a letter worth two digits, weights 8 to 1 and 1."""
    if len(number) != 10 or number[0] not in _TAIWAN or not number[1:].isdecimal() or number[1] not in "1289":
        return False
    value = _TAIWAN.index(number[0]) + 10
    return (value // 10 + value % 10 * 9 + weighted(number[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def hk_identity(number: str) -> bool:
    """Hong Kong, HKID: one or two letters, six digits, a check character modulo 11 (`A` is ten)."""
    head, digits, check = number[:-7], number[-7:-1], number[-1:]
    if len(number) not in {8, 9} or not head.isalpha() or not digits.isdecimal():
        return False
    values = [36, *(ALPHANUMERIC.index(each) for each in head)][-2:]
    total = values[0] * 9 + values[1] * 8 + weighted(digits, (7, 6, 5, 4, 3, 2))
    return (11 - total % 11) % 11 == (10 if check == "A" else int(check) if check.isdecimal() else -1)


def jp_my_number(number: str) -> bool:
    """Japan, individual number: twelve digits, modulo 11 (ordinance 85 of 2014)."""
    return complement_is(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11)


def kr_resident(number: str) -> bool:
    """South Korea, RRN: a date of birth, sex and century, modulo 11."""
    if len(number) != 13 or not is_day(number[:2], number[2:4], number[4:6]):
        return False
    rest = 11 - weighted(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11
    return rest % 10 == int(number[12])


def sg_nric(number: str) -> bool:
    """Singapore, NRIC and FIN: a letter, seven digits, a letter modulo 11."""
    if len(number) != 9 or not number[1:8].isdecimal():
        return False
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
    offset = {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    if number[0] not in letters:
        return False
    place = (weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + offset) % 11
    return (letters[number[0]][10 - place] if number[0] == "M" else letters[number[0]][place]) == number[8]


def in_aadhaar(number: str) -> bool:
    """India, Aadhaar: twelve digits, not beginning with 0 or 1, Verhoeff; not the same read backwards."""
    return len(number) == 12 and number[0] not in "01" and number != number[::-1] and verhoeff(number)


def in_gstin(number: str) -> bool:
    """India, GSTIN: a state, a PAN and a check character over 36."""
    if len(number) != 15 or any(each not in ALPHANUMERIC for each in number):
        return False
    products = (ALPHANUMERIC.index(each) * (1 + place % 2) for place, each in enumerate(number[:14]))
    return ALPHANUMERIC[(36 - sum(sum(divmod(each, 36)) for each in products) % 36) % 36] == number[14]


def th_identity(number: str) -> bool:
    """Thailand, national id: thirteen digits, modulo 11."""
    if len(number) != 13 or not number.isdecimal() or number[0] in "09":
        return False
    return (11 - weighted(number, range(13, 1, -1)) % 11) % 10 == int(number[12])


def au_tfn(number: str) -> bool:
    """Australia, tax file number: eight or nine digits, modulo 11."""
    return sums_to(number, (1, 4, 3, 7, 5, 8, 6, 9, 10), 11) or sums_to(number, (10, 7, 8, 4, 6, 3, 5, 1), 11)


def au_medicare(number: str) -> bool:
    """Australia, Medicare card: ten digits (and a person's place on the card), the ninth checks the first eight."""
    if len(number) not in {10, 11} or not number.isdecimal() or number[0] not in "23456":
        return False
    return weighted(number, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(number[8])


def au_abn(number: str) -> bool:
    """Australia, ABN: the first digit less one, weighted, divisible by 89."""
    if len(number) != 11 or not number.isdecimal() or number[0] == "0":
        return False
    return weighted(str(int(number[0]) - 1) + number[1:], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def nz_ird(number: str) -> bool:
    """New Zealand, IRD: eight or nine digits, two rounds of weights modulo 11."""
    number = number.rjust(9, "0")
    if len(number) != 9 or not number.isdecimal() or not 10_000_000 < int(number) < 150_000_000:
        return False
    if complement_is(number, (3, 2, 7, 6, 5, 4, 3, 2), 11, ten=None):
        return True
    is_second = weighted(number, (3, 2, 7, 6, 5, 4, 3, 2)) % 11 == 1
    return is_second and complement_is(number, (7, 4, 3, 2, 5, 2, 7, 6), 11, ten=None)


def ca_sin(number: str) -> bool:
    """Canada, SIN: nine digits, Luhn; 0 and 8 are not given to people."""
    return len(number) == 9 and number[0] not in "08" and luhn(number)


def mx_curp(number: str) -> bool:
    """Mexico, CURP: eighteen characters, the last checks the others, weights 18 to 2 modulo 10."""
    if len(number) != 18 or not number[4:10].isdecimal() or not is_day(number[4:6], number[6:8], number[8:10]):
        return False
    total = sum(_CURP.find(each) * (18 - place) for place, each in enumerate(number[:17]))
    return str((10 - total % 10) % 10) == number[17]


def mx_rfc(number: str) -> bool:
    """Mexico, RFC: twelve or thirteen characters, the last checks the others modulo 11."""
    if len(number) not in {12, 13} or not number[-9:-3].isdecimal():
        return False
    if not is_day(number[-9:-7], number[-7:-5], number[-5:-3]):
        return False
    body = number[:-1].rjust(12)
    total = sum(_RFC.find(each) * (13 - place) for place, each in enumerate(body))
    return "0A987654321"[total % 11] == number[-1] if total % 11 else number[-1] == "0"


def mx_clabe(number: str) -> bool:
    """Mexico, CLABE: eighteen digits, weights 3, 7, 1, each product modulo ten."""
    if len(number) != 18 or not number.isdecimal():
        return False
    total = sum(int(each) * (3, 7, 1)[place % 3] % 10 for place, each in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


def br_cpf(number: str) -> bool:
    """Brazil, CPF: eleven digits, two check digits modulo 11."""
    if len(number) != 11 or len(set(number)) == 1:
        return False
    return complement_is(number[:10], range(10, 1, -1), 11) and complement_is(number, range(11, 1, -1), 11)


def br_cnpj(number: str) -> bool:
    """Brazil, CNPJ: fourteen characters, two check digits modulo 11; a letter counts as its ASCII less 48."""
    if len(number) != 14 or not number[12:].isdecimal() or len(set(number)) == 1:
        return False
    values = [ord(each) - 48 for each in number]
    for size, first in ((12, 5), (13, 6)):
        weights = [*range(first, 1, -1), *range(9, 1, -1)]
        rest = sum(value * weight for value, weight in zip(values[:size], weights, strict=True)) % 11
        if values[size] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def ar_cuit(number: str) -> bool:
    """Argentina, CUIT and CUIL: eleven digits, modulo 11."""
    return complement_is(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, ten=9)


def cl_rut(number: str) -> bool:
    """Chile, RUT: seven or eight digits and a check character modulo 11 (`K` is ten)."""
    if len(number) not in {8, 9} or not number[:-1].isdecimal():
        return False
    total = sum(int(each) * (2 + place % 6) for place, each in enumerate(reversed(number[:-1])))
    return "0123456789K0"[11 - total % 11] == number[-1]


def za_identity(number: str) -> bool:
    """South Africa, identity number: a date of birth, citizenship, Luhn."""
    return len(number) == 13 and number[10] in "012" and is_day(number[:2], number[2:4], number[4:6]) and luhn(number)


def iban(number: str) -> bool:
    """ISO 13616: the country's length, MOD 97-10 with the first four characters at the end."""
    return IBAN_LENGTHS.get(number[:2]) == len(number) and mod_97_10(number[4:] + number[:4])


_IBAN_LENGTHS = """
AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21
CR:22 CY:28 CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27
GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HN:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27
JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19
MN:20 MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24
RS:22 RU:33 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24
TR:26 UA:29 VA:22 VG:24 XK:20 YE:30
"""

IBAN_LENGTHS = {each[:2]: int(each[3:]) for each in _IBAN_LENGTHS.split()}
"""Length of an IBAN by country: the SWIFT IBAN registry, release 99."""
