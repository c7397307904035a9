"""National and tax numbers of the European Union, the United Kingdom, Switzerland, Norway, Iceland."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from collections.abc import Callable

from gateway.classify.recognizers import european_numbers as eu
from gateway.classify.recognizers import world_numbers as world
from gateway.classify.recognizers.rule import Identifier, digits, labels, loose_digits

_NATIONAL = labels(
    "national id|national identification number|national identity number|identity number|id number|personal id|identity card|id card|id no|personal identification number|national number|tax id|tax number|tax identification number|tin"
)
_VAT = labels(
    "vat|vat number|vat no|vat id|vat reg|vat registration|vat registration number|uid nummer|ust id|ust-idnr|ust idnr|umsatzsteuer id|umsatzsteueridentifikationsnummer|numéro de tva|tva|tva intracommunautaire|nif iva|número de iva|iva|partita iva|partita i.v.a|p iva|p.iva|btw|btw nummer|btw id|moms|momsnr|alv|dph|dič|dic|áfa|pvn|pvm|kmkr|ddv|cif|cui|оддс|ддс|φπα"
)


def _vat(country: str, value: str, check: Callable[[str], bool]) -> Identifier:
    return Identifier(
        "VAT_NUMBER", value, _VAT, check, doubtful=0, generic=("tax id", "tax number"), source=f"VIES, {country}"
    )


EUROPE = (
    Identifier("DE_TAX_ID", digits(2, 3, 3, 3, by=" ./-"), labels("steuer id|steuer-id|steueridentifikationsnummer|steuerliche identifikationsnummer|identifikationsnummer|idnr|steuer idnr|steuer identifikationsnummer|steuer-identifikationsnummer|idnr."), eu.de_tax_id, generic=_NATIONAL, source="§ 139b AO"),
    Identifier("AT_SVNR", r"\d{4}[ -]?\d{6}", labels("svnr|sv nummer|sozialversicherungsnummer|versicherungsnummer|sv nr|sozialversicherungs nr"), eu.at_svnr, generic=_NATIONAL, source="Dachverband der Sozialversicherungsträger"),
    Identifier("BE_NATIONAL_NUMBER", r"\d{2}[.-]?\d{2}[.-]?\d{2}[ .-]?\d{3}[ .-]?\d{2}", labels("rijksregisternummer|rijksregister|insz|niss|numéro national|registre national|numéro de registre national|nationalregisternummer|nrn"), eu.be_national, generic=_NATIONAL, source="Royal decree of 3 April 1984"),
    Identifier("BE_NATIONAL_NUMBER", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", (), eu.be_national, alone=850, source="Royal decree of 3 April 1984"),
    Identifier("BG_EGN", r"\d{10}", labels("egn|егн|единен граждански номер|личен номер"), eu.bg_egn, generic=_NATIONAL, source="ГРАО"),
    Identifier("HR_OIB", r"\d{11}", labels("oib|osobni identifikacijski broj"), eu.hr_oib, generic=_NATIONAL, source="Zakon o osobnom identifikacijskom broju"),
    Identifier("CY_TIC", r"\d{8}[A-Z]", labels("tic|αφτ"), eu.cy_vat, generic=_NATIONAL, source="EU TIN portal"),
    Identifier("CZ_BIRTH_NUMBER", r"\d{6}[ /]?\d{3,4}", labels("rodné číslo|rodne cislo|rč|r.č|číslo pojištěnce|birth number|rodné č"), eu.cz_birth_number, generic=_NATIONAL, source="Act 133/2000"),
    Identifier("CZ_BIRTH_NUMBER", r"\d{6}/\d{4}", (), eu.cz_birth_number, alone=500, source="Act 133/2000"),
    Identifier("DK_CPR", r"\d{6}[ -]?\d{4}", labels("cpr|cpr nummer|cpr nr|cpr-nr|cpr number"), eu.dk_cpr, generic=(*_NATIONAL, "personnummer"), source="CPR-kontoret"),
    Identifier("EE_ISIKUKOOD", r"\d{11}", labels("isikukood|id kood|personal code"), eu.baltic_personal, generic=_NATIONAL, source="EVS 585"),
    Identifier("FI_HETU", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", labels("hetu|henkilötunnus|henkilotunnus|personbeteckning|sosiaaliturvatunnus"), eu.fi_personal, alone=600, generic=_NATIONAL, source="DVV"),
    Identifier("FR_NIR", r"[1-478][ .-]?\d{2}[ .-]?\d{2}[ .-]?(?:\d{2}|2[AB])[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{2}", labels("nir|numéro de sécurité sociale|numero de securite sociale|sécurité sociale|n° de sécurité sociale|no de sécurité sociale|numéro sécu|insee|numéro insee|nss"), eu.fr_nir, alone=500, generic=_NATIONAL, source="Décret 82-103"),
    Identifier("FR_TAX_NUMBER", digits(2, 2, 3, 3, 3), labels("numéro fiscal|n° fiscal|numéro fiscal de référence|spi|numero fiscal|référence fiscale|identifiant fiscal"), eu.fr_tax, generic=_NATIONAL, source="EU TIN portal"),
    Identifier("FR_SIREN", r"\d{3}[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d{5})?", labels("siren|siret|numéro siren|numéro siret|n° siret"), eu.fr_siren, source="INSEE"),
    Identifier("DE_TAX_NUMBER", r"\d{2,3}[ /]?\d{3,4}[ /]?\d{4,5}|\d{13}", labels("steuernummer|steuer nr|steuer-nr|st nr|st.-nr|steuernr"), labelled=750, source="§ 139a AO"),
    Identifier("DE_PENSION_NUMBER", r"\d{2}[ .-]?\d{6}[ .-]?[A-Z][ .-]?\d{3}", labels("rentenversicherungsnummer|sozialversicherungsnummer|rvnr|sv nummer|versicherungsnummer|sozialversicherungsnr|rv nummer"), eu.de_pension, alone=500, generic=_NATIONAL, source="§ 147 SGB VI"),
    Identifier("DE_ID_CARD", r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d|[A-Z]\d{8,9}", labels("personalausweis|personalausweisnummer|ausweisnummer|ausweis nr|reisepass|reisepassnummer|passnummer|identity card|id card"), eu.de_identity_card, source="ICAO Doc 9303"),
    Identifier("DE_HEALTH_INSURANCE", r"[A-Z]\d{9}", labels("krankenversichertennummer|kvnr|versichertennummer|krankenversicherungsnummer|gesundheitskarte|kv nummer|versicherten nr"), eu.de_health_insurance, source="§ 290 SGB V"),
    Identifier("GR_AFM", r"\d{9}", labels("afm|αφμ|α.φ.μ"), eu.gr_afm, generic=_NATIONAL, source="ΑΑΔΕ"),
    Identifier("GR_AMKA", r"\d{11}", labels("amka|αμκα|α.μ.κ.α"), eu.gr_amka, generic=_NATIONAL, source="ΗΔΙΚΑ"),
    Identifier("HU_TAX_ID", r"8\d{9}", labels("adóazonosító|adóazonosító jel|adoazonosito"), eu.hu_tax, generic=_NATIONAL, source="1996. évi XX. törvény"),
    Identifier("HU_TAJ", r"\d{3}[ -]?\d{3}[ -]?\d{3}", labels("taj|taj szám|tajszám|társadalombiztosítási azonosító jel"), eu.hu_social_security, generic=_NATIONAL, source="1996. évi XX. törvény"),
    Identifier("IE_PPS", r"\d{7}[A-Z][A-IW]?", labels("pps|ppsn|pps number|pps no|personal public service number"), eu.ie_pps, generic=_NATIONAL, source="Social Welfare Consolidation Act 2005"),
    Identifier("IT_FISCAL_CODE", r"(?i:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])", labels("codice fiscale|c.f|cod fisc|cod fiscale|fiscal code"), eu.it_fiscal_code, alone=850, generic=_NATIONAL, source="DM 23 dicembre 1976"),
    Identifier("LV_PERSONAL_CODE", r"\d{6}-?\d{5}", labels("personas kods|personas koda"), eu.lv_personal, generic=_NATIONAL, source="PMLP"),
    Identifier("LT_PERSONAL_CODE", r"\d{11}", labels("asmens kodas"), eu.baltic_personal, generic=_NATIONAL, source="Gyventojų registras"),
    Identifier("LU_NATIONAL_NUMBER", r"\d{13}", labels("matricule|numéro d'identification|matricule nationale|sécurité sociale"), eu.lu_national, generic=_NATIONAL, source="Loi du 19 juin 2013"),
    Identifier("MT_ID_CARD", r"\d{3,7}[MGAPLHBZ]", labels("karta tal-identita|id card number|karta identita"), labelled=600, source="Identità"),
    Identifier("NL_BSN", r"\d{4}[ .]?\d{2}[ .]?\d{3}|\d{3}[ .]\d{3}[ .]\d{3}|\d{8,9}", labels("bsn|burgerservicenummer|burgerservicenr|sofinummer|sofi nummer|burger service nummer"), lambda number: eu.nl_bsn(number.rjust(9, "0")), generic=_NATIONAL, source="Wabb"),
    Identifier("PL_PESEL", r"\d{11}", labels("pesel|numer pesel|nr pesel"), eu.pl_pesel, generic=_NATIONAL, source="Ustawa o ewidencji ludności"),
    Identifier("PL_NIP", r"\d{3}[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}|\d{3}-\d{2}-\d{2}-\d{3}", labels("nip|numer nip|nr nip|numer identyfikacji podatkowej"), eu.pl_nip, source="Ministerstwo Finansów"),
    Identifier("PL_REGON", r"\d{9}", labels("regon"), eu.pl_regon, source="GUS"),
    Identifier("PL_ID_CARD", r"[A-Z]{3} ?\d{6}", labels("dowód osobisty|numer dowodu|seria i numer dowodu|nr dowodu"), labelled=800, source="Ustawa o dowodach osobistych"),
    Identifier("PT_NIF", r"\d{3}[ .]?\d{3}[ .]?\d{3}", labels("nif|número de identificação fiscal|contribuinte|número de contribuinte|nipc|nº contribuinte"), eu.pt_nif, generic=_NATIONAL, source="Autoridade Tributária"),
    Identifier("PT_CITIZEN_CARD", r"\d{8}[ -]?\d[ -]?[A-Z0-9]{2}\d", labels("cartão de cidadão|cartao de cidadao|número de cidadão|documento de identificação"), eu.pt_citizen_card, source="Lei 7/2007"),
    Identifier("PT_NISS", r"[12]\d{10}", labels("niss|segurança social|número de segurança social"), eu.pt_social_security, source="Segurança Social"),
    Identifier("RO_CNP", r"[1-9]\d{12}", labels("cnp|cod numeric personal"), eu.ro_cnp, generic=_NATIONAL, source="OUG 97/2005"),
    Identifier("SK_BIRTH_NUMBER", r"\d{6}[ /]?\d{3,4}", labels("rodné číslo sr|rodné čislo"), eu.cz_birth_number, source="Zákon 301/1995"),
    Identifier("SI_EMSO", r"\d{13}", labels("emšo|emso|jmbg|matični broj|enotna matična številka občana"), eu.si_emso, generic=_NATIONAL, source="Zakon o centralnem registru prebivalstva"),
    Identifier("SI_TAX_NUMBER", r"\d{8}", labels("davčna številka|davcna stevilka"), eu.si_vat, generic=_NATIONAL, source="FURS"),
    Identifier("ES_NIF", r"\d{8}[ -]?[A-Za-z]|\d{1,2}\.\d{3}\.\d{3}[ -]?[A-Za-z]", labels("dni|nif|d.n.i|n.i.f|documento nacional de identidad|número de identificación fiscal|dni/nif|documento de identidad"), lambda number: eu.es_person(number.rjust(9, "0")), generic=_NATIONAL, source="Real Decreto 1553/2005"),
    Identifier("ES_NIE", r"(?i:[XYZ])[ -]?\d{7}[ -]?[A-Za-z]", labels("nie|n.i.e|número de identidad de extranjero|dni|nif"), eu.es_person, alone=500, generic=_NATIONAL, source="Real Decreto 557/2011"),
    Identifier("ES_NUSS", r"\d{2}[ /-]?\d{8}[ /-]?\d{2}", labels("nuss|naf|número de la seguridad social|seguridad social|número de afiliación|nss"), eu.es_social_security, generic=_NATIONAL, source="Seguridad Social"),
    Identifier("SE_PERSONNUMMER", r"(?:19|20)?\d{6}[-+ ]?\d{4}", labels("personnummer|personnr|pnr|samordningsnummer|person nr"), eu.se_personal, generic=_NATIONAL, source="Folkbokföringslagen 1991:481"),
    Identifier("SE_PERSONNUMMER", r"(?:19|20)?\d{6}[-+]\d{4}", (), eu.se_personal, alone=450, source="Folkbokföringslagen 1991:481"),
    Identifier("UK_NHS", digits(3, 3, 4, by=" -"), labels("nhs|nhs number|nhs no|national health service number|nhs id|nhs patient number"), world.gb_nhs, source="NHS data dictionary"),
    Identifier("UK_NINO", r"(?i:[A-Z]{2}) ?\d{2} ?\d{2} ?\d{2} ?(?i:[A-D])", labels("nino|ni number|ni no|national insurance|national insurance number|national insurance no|nin"), world.gb_nino, generic=_NATIONAL, source="HMRC NIM39110"),
    Identifier("UK_NINO", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d{2} \d{2} \d{2} [A-D]|[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", (), world.gb_nino, alone=450, source="HMRC NIM39110"),
    Identifier("UK_UTR", r"\d{5} ?\d{5}", labels("utr|utr number|unique taxpayer reference|unique tax reference|tax reference|self assessment"), world.gb_utr, source="HMRC"),
    Identifier("UK_DRIVER_LICENSE", r"[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}\d[A-Z]{2}", labels("driving licence|driving licence number|driver number"), alone=600, labelled=950, source="DVLA"),
    Identifier("CH_AHV", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}", labels("ahv|ahv nummer|ahv nr|avs|numéro avs|navs|sozialversicherungsnummer|versichertennummer"), world.ch_ahv, generic=_NATIONAL, source="AHVV art. 133"),
    Identifier("CH_AHV", r"756\.\d{4}\.\d{4}\.\d{2}", (), world.ch_ahv, alone=700, source="AHVV art. 133"),
    Identifier("NO_FODSELSNUMMER", r"\d{6} ?\d{5}", labels("fødselsnummer|fodselsnummer|fnr|d-nummer|dnr|fødselsnr"), world.no_birth_number, generic=(*_NATIONAL, "personnummer"), source="Folkeregisterforskriften"),
    Identifier("IS_KENNITALA", r"\d{6}-?\d{4}", labels("kennitala"), world.is_kennitala, generic=_NATIONAL, source="Þjóðskrá"),
    Identifier("TR_KIMLIK", r"[1-9]\d{10}", labels("tc kimlik|t.c. kimlik|kimlik no|tckn|tc kimlik no|kimlik numarası"), world.tr_identity, generic=_NATIONAL, source="Law 5490"),
    Identifier("RU_INN", r"\d{12}|\d{10}", labels("инн|inn"), world.ru_inn, source="ФНС"),
    Identifier("RU_SNILS", r"\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}", labels("снилс|snils"), world.ru_snils, source="СФР"),
    _vat("AT", r"(?:AT ?)?U\d{8}", eu.at_vat), _vat("BE", r"(?:BE ?)?[01]\d{3}[ .]?\d{3}[ .]?\d{3}", eu.be_vat), _vat("BG", r"(?:BG ?)?\d{9,10}", eu.bg_vat), _vat("CY", r"(?:CY ?)?\d{8}[A-Z]", eu.cy_vat),
    _vat("CZ", r"CZ ?\d{8,10}|\d{8}", eu.cz_vat), _vat("DE", r"(?:DE ?)?\d{3} ?\d{3} ?\d{3}", eu.de_vat), _vat("DK", r"(?:DK ?)?\d{2} ?\d{2} ?\d{2} ?\d{2}", eu.dk_vat), _vat("EE", r"(?:EE ?)?\d{9}", eu.ee_vat),
    _vat("ES", r"(?:ES ?-?)?[A-Z]-?\d{7}[A-Z0-9]|ES ?-?\d{8}[A-Z]", eu.es_vat), _vat("FI", r"(?:FI ?)?\d{7}-?\d", eu.fi_vat), _vat("FR", r"FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}", eu.fr_vat), _vat("GR", r"(?:(?:EL|GR) ?)?\d{9}", eu.gr_afm),
    _vat("HR", r"(?:HR ?)?\d{11}", eu.hr_oib), _vat("HU", r"(?:HU ?)?\d{8}(?:-\d-\d{2})?", eu.hu_vat), _vat("IE", r"(?:IE ?)?\d{7}[A-W][A-I]?", eu.ie_pps), _vat("IT", r"(?:IT ?)?\d{11}", eu.it_vat),
    _vat("LT", r"(?:LT ?)?(?:\d{12}|\d{9})", eu.lt_vat), _vat("LU", r"(?:LU ?)?\d{8}", eu.lu_vat), _vat("LV", r"(?:LV ?)?\d{11}", eu.lv_vat), _vat("MT", r"(?:MT ?)?\d{8}", eu.mt_vat),
    _vat("NL", r"(?:NL ?)?\d{9}B\d{2}", eu.nl_vat), _vat("PL", r"(?:PL ?)?\d{10}", eu.pl_nip), _vat("PT", r"(?:PT ?)?\d{9}", eu.pt_nif), _vat("RO", r"RO ?\d{2,10}", eu.ro_vat), _vat("SE", r"(?:SE ?)?\d{10}01", eu.se_vat),
    _vat("SI", r"(?:SI ?)?\d{8}", eu.si_vat), _vat("SK", r"(?:SK ?)?\d{10}", eu.sk_vat), _vat("GB", r"(?:(?:GB|XI) ?)?\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?", world.gb_vat), _vat("CH", r"CHE[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}", world.ch_uid),
    Identifier("NATIONAL_ID", r"[A-Z]{0,4}-?\d(?:[-. /]?[0-9A-Z]){5,17}", labels("national id|national identification number|national identity number|national identity card|id card number|identity card number|national insurance id|citizen id|resident id|government id|personal identification number|international tax id|tax id|tax number|tax identification number|tin"), labelled=600, source="GDPR art. 87"),
    Identifier("NATIONAL_ID", r"(?:NID|TIN|TAX)-\d{6,12}", (), alone=820, source="GDPR art. 87"),
    Identifier("NATIONAL_ID", loose_digits(9).replace("{8}", "{8,13}"), labels("identity number|id number|id no|personal id"), labelled=400, source="GDPR art. 87"),
)  # fmt: skip
