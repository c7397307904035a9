"""National numbers of Asia, Australia, New Zealand, Israel, South Africa."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.recognizers import world_numbers as world
from gateway.classify.recognizers.rule import Identifier, digits, labels

_NATIONAL = labels(
    "national id|identity number|id number|id card|identity card|id card number|identification number|id no|personal id"
)

ASIA_PACIFIC = (
    Identifier("CN_RESIDENT_ID", r"\d{6} ?\d{8} ?\d{3}[\dXx]", labels("身份证|身份证号|身份证号码|居民身份证|公民身份号码|证件|证件号|证件号码|身份證|resident id|resident identity|idcard|resident identity card"), world.cn_resident, alone=850, generic=_NATIONAL, source="GB 11643-1999"),
    Identifier("CN_COMPANY_ID", r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", labels("统一社会信用代码|社会信用代码|信用代码|税号|纳税人识别号|uscc|unified social credit code"), world.cn_company, source="GB 32100-2015"),
    Identifier("CN_PASSPORT", r"[EGDSPH][A-Z0-9]?\d{7,8}", labels("护照|护照号|护照号码|通行证|港澳通行证"), labelled=850, source="ICAO Doc 9303"),
    Identifier("CN_LICENSE_PLATE", r"\x7f[A-Z][A-Z0-9]{5,6}", labels("车牌|车牌号|车牌号码"), labelled=700, source="GA 36-2018"),
    Identifier("TW_ID", r"[A-Z][1289]\d{8}", labels("身分證|身分證字號|國民身分證|統一編號"), world.tw_identity, alone=450, generic=_NATIONAL, source="戶籍法"),
    Identifier("HK_ID", r"[A-Z]{1,2}\d{6}\([0-9A]\)", labels("hkid|香港身份证|香港身份證|身份證號碼"), world.hk_identity, alone=700, generic=_NATIONAL, source="Registration of Persons Ordinance"),
    Identifier("HK_ID", r"[A-Z]{1,2}\d{6}[0-9A]", labels("hkid|hkid number|香港身份证|香港身份證|身份證號碼"), world.hk_identity, source="Registration of Persons Ordinance"),
    Identifier("JP_MY_NUMBER", digits(4, 4, 4, by=" -"), labels("マイナンバー|個人番号|my number|my number is|個人番号カード|individual number|mynumber"), world.jp_my_number, source="Ordinance 85 of 2014"),
    Identifier("JP_DRIVER_LICENSE", r"\d{12}", labels("免許番号|免許証番号|運転免許証|運転免許番号"), labelled=850, source="Road Traffic Act"),
    Identifier("JP_PENSION_NUMBER", r"\d{4}-?\d{6}", labels("基礎年金|基礎年金番号|年金番号|年金手帳"), labelled=850, source="National Pension Act"),
    Identifier("KR_RRN", r"\d{6}-?[1-8]\d{6}", labels("주민등록번호|주민번호|rrn|resident registration number|외국인등록번호"), world.kr_resident, source="Resident Registration Act"),
    Identifier("KR_RRN", r"\d{6}-[1-8]\d{6}", (), world.kr_resident, alone=650, source="Resident Registration Act"),
    Identifier("SG_NRIC", r"(?i:[STFGM])\d{7}(?i:[A-Z])", labels("nric|nric no|nric number|fin number|nric/fin"), world.sg_nric, alone=600, generic=_NATIONAL, source="National Registration Act"),
    Identifier("IN_AADHAAR", digits(4, 4, 4, by=" -"), labels("aadhaar|aadhar|aadhaar number|aadhaar no|aadhar number|aadhar no|uidai|aadhaar card|आधार|आधार संख्या"), world.in_aadhaar, source="Aadhaar Act 2016"),
    Identifier("IN_PAN", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", labels("pan|pan number|pan no|pan card|permanent account number|income tax pan"), labelled=900, source="Income-tax Rules 1962, rule 114"),
    Identifier("IN_PAN", r"[A-Z]{3}[CHFP][A-Z]\d{4}[A-Z]", (), alone=450, source="Income-tax Rules 1962, rule 114"),
    Identifier("IN_GSTIN", r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]", labels("gstin|gst|gst number|gst no"), world.in_gstin, alone=600, source="CGST Rules 2017"),
    Identifier("IN_VOTER_ID", r"[A-Z]{3}\d{7}", labels("voter id|epic|epic number|voter id number|voter card"), labelled=800, source="Registration of Electors Rules 1960"),
    Identifier("TH_NATIONAL_ID", r"\d[ -]?\d{4}[ -]?\d{5}[ -]?\d{2}[ -]?\d", labels("thai id|เลขประจำตัวประชาชน|บัตรประชาชน"), world.th_identity, generic=_NATIONAL, source="Civil Registration Act"),
    Identifier("AU_TFN", r"\d{3}[ -]?\d{3}[ -]?\d{2,3}", labels("tfn|tax file number|tax file no"), world.au_tfn, source="Australian Taxation Office"),
    Identifier("AU_MEDICARE", r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", labels("medicare|medicare number|medicare card|medicare no|medicare card number"), world.au_medicare, doubtful=0, source="Services Australia"),
    Identifier("AU_ABN", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", labels("abn|australian business number"), world.au_abn, source="ABR"),
    Identifier("NZ_IRD", r"\d{2,3}[ -]?\d{3}[ -]?\d{3}", labels("ird|ird number|ird no|inland revenue number"), world.nz_ird, source="Inland Revenue"),
    Identifier("NZ_NHI", r"[A-HJ-NP-Z]{3}\d{4}|[A-HJ-NP-Z]{3}\d{2}[A-HJ-NP-Z]{2}", labels("nhi|nhi number|national health index"), labelled=850, source="HISO 10046"),
    Identifier("IL_ID", r"\d{9}", labels("teudat zehut|תעודת זהות|ת.ז|israeli id|מספר זהות"), world.il_identity, doubtful=0, generic=_NATIONAL, source="Population Registry Law"),
    Identifier("ZA_ID", r"\d{6} ?\d{4} ?\d{2} ?\d", labels("sa id|south african id|said number|rsa id|south african identity number"), world.za_identity, generic=_NATIONAL, source="Identification Act 68 of 1997"),
)  # fmt: skip
