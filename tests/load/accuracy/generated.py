"""Values of one type each with known truth, right and broken, in sentences, fields, forms and tables.

`SHAPES` says how a value is written: `#` a digit, `@` a capital letter, `*` either; all else stands for itself. Values
that have a check digit are drawn until it is right, or, for the broken ones, wrong.
"""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.classify.recognizers import european_numbers as eu
from gateway.classify.recognizers import world_numbers as world
from gateway.classify.recognizers.payment import is_card
from tests.load.accuracy.documents import Document, Truth
from tests.load.bench_gateway import WORDS

_TRIES = 200_000
_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_DRAWN = {"#": "0123456789", "@": _LETTERS, "*": _LETTERS + "0123456789"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A type, how its values are written, and what people call it."""

    type: str
    shapes: tuple[str, ...]
    names: tuple[str, ...]
    check: Callable[[str], bool] | None = None


def shape(kind: str, shapes: str, names: str, check: Callable[[str], bool] | None = None) -> Shape:
    """Returns a shape; forms and names are separated by `|`."""
    return Shape(kind, tuple(shapes.split("|")), tuple(names.split("|")), check)


SHAPES = (
    shape("CREDIT_CARD", "4###############|4### #### #### ####|51##-####-####-####|37#############|222300##########|62##############|6759########|4##################|3530 #### #### ####|3782 ###### #####|6304 #### #### ####|9792############|2200 #### #### ####|5067############", "card number|credit card|Kreditkartennummer|numéro de carte|número de tarjeta|numero di carta|creditcard|卡号|カード番号", is_card),
    shape("IBAN_CODE", "DE####################|GB##@@@@##############|FR## #### #### #### #### #### ###|NL##@@@@##########|ES######################|IT## @### #### #### #### #### ###|CH## #### #### #### #### #|NO#############", "IBAN|Kontonummer|bank account|numéro de compte|cuenta|rekeningnummer|口座番号", world.iban),
    shape("US_SSN", "###-##-####|### ## ####|#########", "SSN|social security number|Social Security No.", world.us_ssn),
    shape("US_ITIN", "9##-##-####", "ITIN", world.us_itin),
    shape("US_NPI", "1#########|2#########", "NPI|NPI number|National Provider Identifier", world.us_npi),
    shape("MEDICAL_LICENSE", "A@#######|B@#######|F@#######|M@#######", "DEA|DEA number|DEA registration", world.us_dea),
    shape("US_MBI", "1EG4-TE#-MK##|3AC#-FG#-HJ##|5N#4QR#TU##", "MBI|Medicare number|Medicare Beneficiary Identifier"),
    shape("US_BANK_ROUTING", "0########|2########|1########", "routing number|ABA|ABA routing", world.us_routing),
    shape("MEDICAL_RECORD_NUMBER", "MRN-#####|########|A######|##-##-##", "MRN|medical record number|Patient ID|chart number|病历号|カルテ番号|numéro de dossier"),
    shape("INSURANCE_ID", "@@@-#######|*########|##########|@@@########", "insurance ID|policy number|member ID|Versicherungsnummer|numéro de police|número de póliza|保险单号"),
    shape("LEGAL_CASE_NUMBER", "2:2#-cv-#####|1:1#-cr-#####|2#CV#####|CV-202#-######|202#-CF-######", "case number|Case No.|docket number|Docket No."),
    shape("BAR_NUMBER", "######|#######", "bar number|State Bar No.|attorney registration number"),
    shape("DATE_OF_BIRTH", "19##-04-1#|1#/07/19##|03/1#/19##|1#.04.19##|1# March 19##|April 1#, 19##|12-1#-19##", "DOB|date of birth|born on|Geburtsdatum|date de naissance|fecha de nacimiento|data di nascita|geboortedatum|出生日期|生年月日"),
    shape("PHONE_NUMBER", "(2#5) 555-01##|2#5-555-01##|+44 20 7946 0###|030 1234###|01 23 45 ## ##|0171 23456##|+49 30 901820##|07700 900###|2#5.555.01##|06 9876 54##|+81 3-1234-56##", "phone|tel|mobile|Telefon|téléphone|teléfono|telefono|telefoon|call me at|电话|電話"),
    shape("DE_TAX_ID", "## ### ### ###|###########", "Steuer-ID|Steueridentifikationsnummer|IdNr", eu.de_tax_id),
    shape("DE_PENSION_NUMBER", "15070649@###|65180539@###", "Rentenversicherungsnummer|Sozialversicherungsnummer", eu.de_pension),
    shape("AT_SVNR", "#### 010180|#### 150775", "SVNR|Sozialversicherungsnummer", eu.at_svnr),
    shape("BE_NATIONAL_NUMBER", "85.07.3#-###.##", "rijksregisternummer|numéro national", eu.be_national),
    shape("BG_EGN", "7510######|850615####", "EGN|ЕГН", eu.bg_egn),
    shape("HR_OIB", "###########", "OIB|osobni identifikacijski broj", eu.hr_oib),
    shape("CZ_BIRTH_NUMBER", "75061#/####", "rodné číslo", eu.cz_birth_number),
    shape("DK_CPR", "1503##-####", "CPR-nummer|CPR"),
    shape("EE_ISIKUKOOD", "3760503####", "isikukood", eu.baltic_personal),
    shape("FI_HETU", "131052-###*", "henkilötunnus|HETU", eu.fi_personal),
    shape("FR_NIR", "1 84 12 76 ### ### ##|2 69 05 49 588 ### ##|18412764510####", "numéro de sécurité sociale|NIR", eu.fr_nir),
    shape("GR_AMKA", "150375#####", "AMKA|ΑΜΚΑ", eu.gr_amka),
    shape("GR_AFM", "#########", "ΑΦΜ", eu.gr_afm),
    shape("HU_TAJ", "### ### ###", "TAJ szám|TAJ", eu.hu_social_security),
    shape("IE_PPS", "#######@|#######@A", "PPS number|PPSN", eu.ie_pps),
    shape("IT_FISCAL_CODE", "RSSMR@85T10A562@|BNCGN@70A41F205@|VRDLC@65B12H501@", "codice fiscale", eu.it_fiscal_code),
    shape("LV_PERSONAL_CODE", "161175-1####", "personas kods", eu.lv_personal),
    shape("LT_PERSONAL_CODE", "33309240###", "asmens kodas", eu.baltic_personal),
    shape("NL_BSN", "#########", "BSN|burgerservicenummer", eu.nl_bsn),
    shape("PL_PESEL", "850712#####", "PESEL|numer PESEL", eu.pl_pesel),
    shape("PL_NIP", "###-###-##-##", "NIP", eu.pl_nip),
    shape("PT_NIF", "2########", "número de contribuinte|contribuinte", eu.pt_nif),
    shape("RO_CNP", "1850612######", "CNP|cod numeric personal", eu.ro_cnp),
    shape("SI_EMSO", "010100650####", "EMŠO", eu.si_emso),
    shape("ES_NIF", "########@", "DNI|documento nacional de identidad", eu.es_person),
    shape("ES_NIE", "Y#######@|Z#######@", "NIE", eu.es_person),
    shape("SE_PERSONNUMMER", "811218-####|19811218-####", "personnummer", eu.se_personal),
    shape("UK_NHS", "### ### ####|##########", "NHS number|NHS No.", world.gb_nhs),
    shape("UK_NINO", "AB ## ## ## C|JG######A", "National Insurance number|NI number"),
    shape("UK_UTR", "##########|##### #####", "UTR|Unique Taxpayer Reference", world.gb_utr),
    shape("CH_AHV", "756.####.####.##", "AHV-Nummer|numéro AVS", world.ch_ahv),
    shape("NO_FODSELSNUMMER", "1503## #####", "fødselsnummer", world.no_birth_number),
    shape("CN_RESIDENT_ID", "11010519850412####|44052419800101####", "身份证号|身份证|resident identity card", world.cn_resident),
    shape("CN_MOBILE", "138########|159 #### ####", "手机号|手机|联系电话"),
    shape("JP_MY_NUMBER", "############|#### #### ####", "マイナンバー|個人番号|My Number", world.jp_my_number),
    shape("KR_RRN", "850612-1######", "주민등록번호|RRN", world.kr_resident),
    shape("SG_NRIC", "S#######@|T#######@", "NRIC", world.sg_nric),
    shape("IN_AADHAAR", "#### #### ####", "Aadhaar|Aadhaar number", world.in_aadhaar),
    shape("IN_PAN", "@@@P@####@", "PAN|permanent account number"),
    shape("TW_ID", "A1########|B2########", "身分證字號", world.tw_identity),
    shape("HK_ID", "@######(#)", "HKID", world.hk_identity),
    shape("TH_NATIONAL_ID", "#-####-#####-##-#", "Thai ID|เลขประจำตัวประชาชน", world.th_identity),
    shape("AU_TFN", "### ### ###", "TFN|tax file number", world.au_tfn),
    shape("CA_SIN", "### ### ###|###-###-###", "SIN|social insurance number", world.ca_sin),
    shape("MX_CURP", "GOMC850612HDFNRS##", "CURP", world.mx_curp),
    shape("BR_CPF", "###.###.###-##|###########", "CPF", world.br_cpf),
    shape("AR_CUIT", "20-########-#", "CUIT|CUIL", world.ar_cuit),
    shape("CL_RUT", "##.###.###-#", "RUT", world.cl_rut),
    shape("ZA_ID", "850612 #### 08 #", "SA ID|South African ID", world.za_identity),
)  # fmt: skip

_SENTENCES = (
    "{name}: {value}", "{name} {value}", "My {name} is {value}, thanks.", "{name} = {value}\n", "| {name} | {value} |",
    "Please check {name} {value} before noon.", "{name}\n{value}", "{words} {name}: {value}; {words}.",
    "Form\n\n{name}: {value}\n{words}", '{{"{name}": "{value}"}}', "{name} ({value})", "{name} number {value}",
)  # fmt: skip


def generated_documents(count: int, seed: int, *, broken: bool = False) -> list[Document]:
    """Returns `count` documents for each type, one value in each. Broken ones have a wrong check digit."""
    rng = random.Random(seed)
    shapes = [each for each in SHAPES if each.check is not None or not broken]
    return [_document(each, rng, is_right=not broken) for each in shapes for _ in range(count)]


def _document(shape: Shape, rng: random.Random, *, is_right: bool) -> Document:
    value = drawn(shape, rng, is_right=is_right)
    words = " ".join(rng.choices(WORDS, k=5))
    sentence = rng.choice(_SENTENCES)
    before = sentence.split("{value}")[0].format(name=(name := rng.choice(shape.names)), words=words)
    text = sentence.format(name=name, value=value, words=words)
    return Document(text, (Truth(len(before), len(before) + len(value), shape.type),), shape.type)


def drawn(shape: Shape, rng: random.Random, *, is_right: bool) -> str:
    """Returns a value whose check is right, or wrong. Raises `ValueError` when none was drawn."""
    for _ in range(_TRIES):
        value = "".join(_characters(rng.choice(shape.shapes), rng))
        compact = "".join(each for each in value if each.isalnum()).upper()
        if shape.check is None or shape.check(compact) is is_right:
            return value
    raise ValueError(f"no value of {shape.type} could be drawn")


def _characters(shape: str, rng: random.Random) -> Iterator[str]:
    for each in shape:
        yield rng.choice(_DRAWN[each]) if each in _DRAWN else each
