"""Telephone numbers, national forms included, and dates."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.recognizers.rule import Identifier, labels

_PHONE_LABELS = labels(
    """phone|phone number|phone no|telephone|telephone number|tel|tel no|mobile|mobile number|mobile phone|mobile no|cell|cell phone|cellphone
    cell number|fax|fax number|whatsapp|signal number|contact number|contact no|contact phone|call me at|call me on|call us at|call us on|call him at|call her at
    reach me at|reach me on|reach us at|reach him at|reach her at|text me at|text me on|ring me on|dial|hotline|landline|home phone|work phone|direct line|extension number|emergency contact
    phone number is|my number is|his number is|her number is|his number|her number|telefon|telefonnummer|telefonnr|tel nr|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|rückruf unter|durchwahl|erreichbar unter
    téléphone|tél|portable|numéro de téléphone|appelez moi au|joignable au|télécopie|ligne fixe|teléfono|tel móvil|móvil|celular|número de teléfono|llámame al|tfno|tlf|tlfno|telefono|telefono fisso|numero fisso|recapito|recapito telefonico|chiamami al|cellulare|numero di telefono|cell
    telefoonnummer|telefoon|mobiel|gsm|bel me op|telefone|telemóvel|celular|puhelin|puhelinnumero|matkapuhelin|telefonszám|telefonní číslo|numer telefonu|komórka|telefonnummer|mobilnummer|mobiltelefon
    电话|手机|手机号|手机号码|联系电话|电话号码|传真|联系方式|座机|電話|電話番号|携帯|携帯電話|ファックス|連絡先|전화|전화번호|휴대폰|телефон|тел|моб|τηλέφωνο|κινητό|هاتف|טלפון"""
)
_EXTENSION = r"(?: ?(?:x|ext\.?|Ext\.?|#) ?\d{1,5})?"
_CN_MOBILE = r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
_MONTH = (
    r"(?i:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|fabruar|mar(?:ch|s|zo)?|marz|apr(?:il|ile)?|may|mai|maggio|mayo|june?|juni|juin|giugno|junio"
    r"|july?|juli|juillet|luglio|julio|aug(?:ust|ustus)?|aoat|agosto|ago|sept?(?:ember|iembre|embre|tember)?|settembre|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre"
    r"|nov(?:ember|embre|iembre)?|dec(?:ember|embre)?|daca?mbre|dez(?:ember)?|dic(?:iembre|embre)?|janvier|favrier|avril|abril|enero|febrero|gennaio|febbraio|januari|februari|maart|mei|augustus)"
)
_ENGLISH_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|March|Apr(?:il)?|May|June|July|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
_GERMAN_MONTH = r"(?:Januar|Februar|Marz|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)"
_ROMANCE_MONTH = (
    r"(?:janvier|favrier|mars|avril|mai|juin|juillet|aoat|septembre|octobre|novembre|dacembre|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
    r"|januari|februari|maart|april|juni|juli|augustus|oktober|december|september|november)"
)
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_YEAR = r"(?:1[89]|20)\d{2}"
_CLOCK = (
    r"(?:(?:[T ]|, )\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?i:am|pm))?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
_NUMERIC = (
    rf"{_YEAR}-{_MONTH_NUMBER}-{_DAY}{_CLOCK}|{_YEAR}/{_MONTH_NUMBER}/{_DAY}{_CLOCK}|{_YEAR}\.(?:0[1-9]|1[0-2])\.(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:{_DAY}/{_MONTH_NUMBER}|{_MONTH_NUMBER}/{_DAY})/(?:{_YEAR}|\d{{2}}){_CLOCK}|(?:{_DAY}\.{_MONTH_NUMBER}|{_DAY}\. ?{_MONTH_NUMBER})\. ?{_YEAR}{_CLOCK}"
    rf"|(?:{_DAY}-{_MONTH_NUMBER}|{_MONTH_NUMBER}-{_DAY})-{_YEAR}{_CLOCK}"
)
_WORDED = (
    rf"{_DAY}(?:st|nd|rd|th|er|\.|o)?(?: of| de| den)?[ -]{_MONTH}\.?,?(?: de)?[ -]{_YEAR}{_CLOCK}"
    rf"|{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}{_CLOCK}|{_MONTH}\.? {_YEAR}|{_DAY}-{_MONTH}-\d{{2}}|{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?"
)
_DAY_OF_MONTH = rf"{_DAY}(?:st|nd|rd|th)? (?:of )?{_ENGLISH_MONTH}|{_DAY}\. {_GERMAN_MONTH}|{_DAY}(?:er|o|\xba)? (?:de )?{_ROMANCE_MONTH}"
"""Without a year: only names of months that are nothing else."""
_SHORT = rf"{_DAY}[.-]{_MONTH_NUMBER}[.-]\d{{2}}"
_EAST_ASIAN = r"\d{4}\x7f ?\d{1,2}\x7f ?\d{1,2}\x7f?"
_EAST_ASIAN_WRITTEN = r"\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日号號일]?"
_MONTH_DAY = r"\d{1,2}\x7f ?\d{1,2}\x7f"
_MONTH_DAY_WRITTEN = r"\d{1,2}[月월] ?\d{1,2}[日号號일]"
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_BIRTH_LABELS = labels(
    """dob|d.o.b|date of birth|birth date|birthdate|birthday|born|born on|born in|born at|bday|geburtsdatum|geboren|geboren am|geb|geb am|geb datum|geburtstag|date de naissance|né le|née le|né(e) le|né à|née à|naissance
    fecha de nacimiento|nacido el|nacida el|nació el|nació en|nacido en|nacida en|nacimiento|fecha nac|data di nascita|nato il|nata il|nato a|nata a|nascita|geboortedatum|geboren op|geboren te|data de nascimento|nascido em|data urodzenia|urodzony
    datum narození|fødselsdato|födelsedatum|syntymäaika|出生日期|生日|出生|生年月日|誕生日|생년월일|дата рождения|ημερομηνία γέννησης"""
)


def is_phone(number: str) -> bool:
    """Whether there are as many digits as a telephone number has (ITU-T E.164: at most 15), not all alike."""
    return 7 <= sum(map(str.isdecimal, number)) <= 20 and len(set(number)) > 1


CONTACT = (
    Identifier("PHONE_NUMBER", rf"\+?\(?\d(?:[ ().\-/]{{0,3}}\d){{5,14}}{_EXTENSION}", _PHONE_LABELS, is_phone, doubtful=0, labelled=800, written=r"(?!\d{4}-\d\d-\d\d|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d\b|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d\b).*", source="ITU-T E.164"),
    Identifier("PHONE_NUMBER", rf"\+\d{{1,3}}[ .-]?(?:\(0?\d{{1,4}}\)[ .-]?)?\d(?:[ .-]?\d){{5,12}}{_EXTENSION}", (), is_phone, alone=650, signed=True, written=r"(?!\+\d+\.\d+$).*", source="ITU-T E.123"),
    Identifier("PHONE_NUMBER", rf"(?:\+?1[ .-]?)?\(\d{{3}}\) ?-?\d{{3}}[ .-]\d{{4}}{_EXTENSION}", (), alone=650, signed=True, source="NANP"),
    Identifier("PHONE_NUMBER", rf"(?:(?:\+|00)?1[ .-])?[2-9]\d{{2}}-\d{{3}}-\d{{4}}{_EXTENSION}|(?:1\.)?[2-9]\d{{2}}\.\d{{3}}\.\d{{4}}{_EXTENSION}", (), alone=500, signed=True, source="NANP"),
    Identifier("PHONE_NUMBER", rf"(?:001|1)-\d{{3}}-\d{{3}}-\d{{4}}{_EXTENSION}", (), alone=600, source="NANP"),
    Identifier("PHONE_NUMBER", r"00[1-9]\d{0,2}[ -]\d{1,4}[ -]\d{2,4}(?:[ -]?\d{2,4}){1,3}", (), alone=550, source="ITU-T E.123"),
    Identifier("PHONE_NUMBER", r"0[1-9](?:[ .]\d{2}){4}", (), alone=600, source="France, ARCEP"),
    Identifier("PHONE_NUMBER", r"\(0\d{1,4}\) ?\d{3,4}[ -]?\d{3,4}", (), alone=600, signed=True, source="ITU-T E.123"),
    Identifier("PHONE_NUMBER", r"0[1-9]\d{1,3}[ /-]\d{3,4}[ -]\d{3,4}|0[1-9]\d{1,3} ?/ ?\d{5,8}|0[1-9]\d[ -]\d{4}[ -]\d{4}", (), alone=450, source="ITU-T E.123"),
    Identifier("CN_MOBILE", rf"(?:(?:\+|00)?86[ -]?)?{_CN_MOBILE}", labels(
        "手机|手机号|手机号码|电话|联系电话|联系方式|微信|电话号码|mobile|phone|tel|cell|wechat|mobile number|phone number|contact number"
    ), labelled=850, source="MIIT numbering plan"),
    Identifier("CN_MOBILE", rf"(?:\+|00)86[ -]?{_CN_MOBILE}", (), alone=750, signed=True, source="MIIT numbering plan"),
    Identifier("CN_MOBILE", r"1[3-9]\d[ -]\d{4}[ -]\d{4}", (), alone=550, source="MIIT numbering plan"),
    Identifier("DATE_OF_BIRTH", f"(?:{_NUMERIC}|{_WORDED}|{_SHORT})", _BIRTH_LABELS, labelled=850, loose=True, source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("DATE_OF_BIRTH", _EAST_ASIAN, _BIRTH_LABELS, labelled=850, written=_EAST_ASIAN_WRITTEN, source="PIPL art. 28"),
    Identifier("DATE_TIME", f"(?:{_NUMERIC})", (), alone=600, source="ISO 8601"),
    Identifier("DATE_TIME", f"(?:{_WORDED})", (), alone=600, source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("DATE_TIME", f"(?:{_DAY_OF_MONTH})", (), alone=550, source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("DATE_TIME", _MONTH_DAY, (), alone=550, written=_MONTH_DAY_WRITTEN, source="GB/T 7408"),
    Identifier("DATE_TIME", _EAST_ASIAN, (), alone=600, written=_EAST_ASIAN_WRITTEN, source="GB/T 7408"),
    Identifier("DATE_TIME", _DAYS, (), alone=360, source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("AGE", r"\d{1,3}", labels("age|aged|alter|âge|edad|età|leeftijd|年龄|年齢"), labelled=500, written=r"(?:[1-9]\d?|1[01]\d)", source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("CRYPTO", r"0x[0-9a-fA-F]{40}", (), alone=500, source="EIP-55"),
    Identifier("AGE", r"\d{1,3}[ -](?:years?|year|yrs?|month|months)[ -](?:old|of age)|\d{1,3} ?y/?o|\d{1,2} Jahre alt|\d{1,2}-j.hrige[rnms]?", (), alone=500, core=r"\d+", source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("AGE", r"(?:j'ai|.g.e? de|ses|tengo|de|cumpli.|ho|di|compie|compie gli) \d{1,2} (?:ans|a.os|anni)", (), alone=450, core=r"\d+", source="45 CFR 164.514(b)(2)(i)(C)"),
    Identifier("AGE", r"\d{1,3}\x7f", (), alone=450, core=r"\d+.", written=r"(?:[1-9]\d?|1[01]\d)[岁歲歳세]", source="45 CFR 164.514(b)(2)(i)(C)"),
)  # fmt: skip
