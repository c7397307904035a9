"""Numbers of the United States: people, health, the law, vehicles."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.recognizers.rule import Identifier, digits, labels, loose_digits
from gateway.classify.recognizers.world_numbers import us_dea, us_ein, us_itin, us_mbi, us_npi, us_ssn

_SSN_LABELS = labels(
    """ssn|ssn no|social security|social security number|social security no|social|soc sec|ssn/itin|ss number|ss#|ss no|seguro social|número de seguro social
    sozialversicherungsnummer usa|社会安全号码|社会保障番号"""
)


def _is_ssn_or_itin(number: str) -> bool:
    return us_ssn(number) or us_itin(number)


_MEDICAL_RECORD = labels(
    """mrn|medical record|medical record number|medical record no|medical record id|patient id|patient number|patient no|patient identifier|chart number|chart no|chart id|hospital number|hospital no|encounter id|health id|national health id
    patienten id|patientennummer|fallnummer|aktenzeichen klinik|numéro de dossier|numéro de dossier médical|dossier patient|ipp|historia clínica|número de historia clínica|nhc|cartella clinica|numero cartella
    patiëntnummer|dossiernummer|病历号|住院号|门诊号|病案号|就诊号|カルテ番号|患者番号|患者ID|診察券番号|차트번호"""
)
_PREFIXED = r"(?:[A-Z]{1,5}-?){0,2}\d(?:-?[0-9A-Z]){4,16}"
_POLICY = r"(?:[A-Z]{1,5}-?){0,2}\d(?:-?[0-9A-Z]){5,16}"
_MEMBER = r"(?:[A-Z]{1,5}-?){1,2}\d(?:-?[0-9A-Z]){5,16}|\d{9,12}"
_LICENSE_LABELS = labels(
    """driver license|drivers license|driver's license|driver’s license|driver licence|driving licence|driving license|driver license number|driver's license number|drivers license number|driver's license no|dl number|dl no|dl
    license number|licence number|dln|führerschein|führerscheinnummer|permis de conduire|numéro de permis|n° de permis|permiso de conducir|licencia de conducir|carné de conducir|patente di guida|numero patente|numero di patente|patente n|rijbewijs|rijbewijsnummer|驾驶证|驾照|驾驶证号|運転免許証|免許証番号"""
)
_PASSPORT_LABELS = labels(
    """passport|passport number|passport no|passport id|passport #|us passport|reisepass|reisepassnummer|passnummer|pass nr|passeport|numéro de passeport|pasaporte|número de pasaporte|passaporto|numero passaporto
    paspoort|paspoortnummer|passaporte|护照|护照号|护照号码|旅券番号|旅券|旅券の番号|パスポート|パスポート番号|여권번호|паспорт"""
)

_PLATE = (
    r"[A-Z]{2}\d{2} ?[A-Z]{3}|\d[A-Z]{3}\d{3}|[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}|[A-Z]{1,3}[ -]?[A-Z0-9]{1,4}[ -]?\d{1,4}[A-Z]{0,3}"
    r"|\d{1,4}[ -]?[A-Z]{2,3}[ -]?\d{1,4}|\d{4}[ -]?[A-Z]{3}|\d{1,2}-[A-Z]{2,3}-\d{1,3}|[A-Z]{2}-\d{2}-[A-Z]{2}|\d[A-Z]{2}[ -]\d[A-Z]{2}"
)
"""Of the states of the USA and Australia, Great Britain, France and Italy, Germany, Spain, the Netherlands."""

UNITED_STATES = (
    Identifier("US_SSN", digits(3, 2, 4), _SSN_LABELS, us_ssn, doubtful=450, source="20 CFR 422.103"),
    Identifier("US_SSN", r"\d{3}-\d{2}-\d{4}", (), us_ssn, alone=500, source="20 CFR 422.103"),
    Identifier("US_ITIN", digits(3, 2, 4), labels("itin|individual taxpayer|individual taxpayer identification number"), us_itin, generic=labels("taxpayer id|tax id|tin|taxpayer identification number"), source="IRS publication 1915"),
    Identifier("US_ITIN", r"9\d{2}-\d{2}-\d{4}", (), us_itin, alone=400, source="IRS publication 1915"),
    Identifier("US_EIN", r"\d{2}-\d{7}", labels("ein|fein|employer id|employer identification number|employer identification no|federal tax id|federal id"), us_ein, generic=labels("tax id|tin|taxpayer id"), source="IRS publication 1635"),
    Identifier("US_EIN", r"\d{9}", labels("ein|fein|employer identification number"), us_ein, doubtful=0, source="IRS publication 1635"),
    Identifier("US_NPI", r"\d{10}|\d{3}-\d{3}-\d{4}", labels("npi|npi number|npi no|npi #|national provider identifier|national provider id|provider npi|provider id|provider number"), us_npi, doubtful=500, source="45 CFR 162.406"),
    Identifier("MEDICAL_LICENSE", r"[A-Z][A-Z9]\d{7}|[A-Z][A-Z9][ -]\d{7}", labels("dea|dea number|dea no|dea #|dea registration|dea reg|dea license|dea registration number|dea registrant"), us_dea, doubtful=500, source="21 CFR 1301"),
    Identifier("US_MBI", r"[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}", labels("mbi|medicare beneficiary identifier|medicare|medicare number|medicare id|medicare no|medicare card"), us_mbi, alone=500, source="CMS, Understanding the MBI"),
    Identifier("MEDICAL_RECORD_NUMBER", _PREFIXED, _MEDICAL_RECORD, source="45 CFR 164.514(b)(2)(i)(H)"),
    Identifier("MEDICAL_RECORD_NUMBER", r"MRN-?\d{4,12}", (), alone=800, source="45 CFR 164.514(b)(2)(i)(H)"),
    Identifier("INSURANCE_ID", _POLICY, labels(
        """insurance id|insurance number|insurance no|insurance policy|insurance policy number|insurance|policy|policy number|policy no|policy #
        health plan|health plan id|health insurance|health insurance number|health plan beneficiary|beneficiary id|beneficiary number|claim number|claim no|medicaid|medicaid id|medicaid number
        versicherungsnummer|versichertennummer|versicherten nr|policennummer|police|krankenkasse|numéro d'assuré|numéro de police|numéro d'assurance|mutuelle|número de póliza|póliza|número de seguro|numero di polizza|polizza
        polisnummer|verzekeringsnummer|apólice|保险单号|保单号|保险号|医保号|医保卡号|社保卡号|社保号|保険証番号|被保険者番号|保険者番号"""
    ), labelled=750, written=r"(?!(?:19|20)\d\d-).*", source="45 CFR 164.514(b)(2)(i)(I)"),
    Identifier("INSURANCE_ID", r"(?:POL|INS|MEM|HIC|CLM)-[A-Z0-9]{0,4}-?\d{5,12}", (), alone=600, source="45 CFR 164.514(b)(2)(i)(I)"),
    Identifier("INSURANCE_ID", _MEMBER, labels("member id|member number|member no|subscriber id|subscriber number|insured id|policyholder id"), labelled=600, written=r"(?!(?:19|20)\d\d-).*", source="45 CFR 164.514(b)(2)(i)(I)"),
    Identifier("US_PASSPORT", r"[A-Z]\d{8}|\d{9}", labels("us passport|u.s. passport|american passport|passport card|passport|passport number|passport no|passport id"), labelled=810, source="22 CFR 51"),
    Identifier("PASSPORT_NUMBER", r"[A-Z]{1,2}[ -]?\d{6,8}[A-Z]?|\d{8,9}|[A-Z][A-Z0-9]{7}\d|[A-Z0-9]{3}\d[A-Z0-9]{5}|\d{2}[A-Z]{2}\d{5}", _PASSPORT_LABELS, source="ICAO Doc 9303"),
    Identifier("US_DRIVER_LICENSE", r"(?:[A-Z]{1,3}[ -]?)?\d(?:[ -]?[0-9A-Z]){4,17}|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]{5}\d[A-Z0-9]{10}", labels("driver license|drivers license|driver's license|driver’s license|driver license number|driver's license number|drivers license number|driver's license no|drivers license no|dl number|dl no|dl|dln"), labelled=810, source="AAMVA DL/ID card design standard"),
    Identifier("DRIVER_LICENSE", r"(?:[A-Z]{1,3}[ -]?)?\d(?:[ -]?[0-9A-Z]){4,17}|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]{5}\d[A-Z0-9]{10}", _LICENSE_LABELS, source="AAMVA DL/ID card design standard"),
    Identifier("VEHICLE_ID", r"[A-HJ-NPR-Z0-9]{17}", labels("vin|vehicle identification number|vin number|chassis number|fahrgestellnummer|fin|numéro de châssis|车架号|車台番号"), labelled=750, source="ISO 3779"),
    Identifier("LICENSE_PLATE", _PLATE, labels(
        """license plate|licence plate|number plate|plate number|plate no|plate|plates|vehicle registration|registration|registration number|registration no|reg no|reg number|registration plate|vrn|tag number|kennzeichen|kfz kennzeichen|nummernschild
        plaque d'immatriculation|immatriculation|immatriculé|immatriculée|immatriculé sous le numéro|matrícula|matriculado|placa|placas|targa|targata|targato|numero di targa|kenteken|nummerplaat|numer rejestracyjny|登録番号"""
    ), labelled=600, source="45 CFR 164.514(b)(2)(i)(L)"),
    Identifier("LEGAL_CASE_NUMBER", r"\d:\d{2}-(?i:cv|cr|mc|mj|md|bk|ap|po|ml|sw|gj)-\d{3,6}(?:-[A-Z]{2,4}){0,3}", (), alone=850, source="United States courts, CM/ECF"),
    Identifier("LEGAL_CASE_NUMBER", r"(?:\d{1,4}[-: ]?)?(?:[A-Za-z]{1,4}[-. ]{0,2}){1,3}\d{1,4}[-/ ]\d{2,8}(?:[-/][A-Z0-9]{1,6})*|\d{2,4}[- ]?(?i:cv|cr|civ|crim|ca|cf|dr|pr|fa|l|c|m|cvs|crs|sc|d|p|bk|ap)[-. ]?\d{3,8}(?:[-/][A-Z0-9]{1,6})*|[A-Z]{2,5}-?\d{4,10}(?:-\d{1,6})?|\d{2,7}/(?:19|20)\d{2}|[A-Z]/\d{2}/\d{4,8}(?: ?[A-Z]{2} [A-Z]{2} \d{2}-\d+)?|\d{2,4}[-/]\d{2,7}(?:[-/][A-Z0-9]{1,6})*|\d{5,10}", labels(
        """case number|case no|case #|docket|docket number|docket no|docket #|cause number|cause no|civil action|civil action no|civil case|criminal case|court file|court file number|file no|matter number|matter no|index no|index number|action no|appeal no|petition no
        aktenzeichen|az|gesch z|geschäftszeichen|geschäftsnummer|claim form number|numéro de dossier|numéro rg|rg n|nº de procedimiento|número de expediente|expediente|autos|procedimento|numero di ruolo|r.g|zaaknummer|rolnummer|processo|案号|案件编号|事件番号"""
    ), labelled=650, source="United States courts, CM/ECF; courts of the member states"),
    Identifier("LEGAL_CASE_NUMBER", r"(?:\d:)?\d{2,4}[- ]?(?i:cv|cr|civ|crim|ca|cf|dr|pr|bk|ap|mc|mj)[-. ]?\d{3,8}(?:[-/][A-Z0-9]{1,6})*|(?i:cv|cr|civ|crim|ca|cf|dr|bk|ap)-\d{2,4}-\d{3,8}", labels("case|matter|cause|action|appeal"), labelled=650, source="United States courts, CM/ECF"),
    Identifier("BAR_NUMBER", r"(?:[A-Z]{2,4}[-#]?)?\d{4,9}", labels(
        "bar number|bar no|bar #|bar id|state bar|state bar no|state bar number|attorney number|attorney no|attorney id|attorney registration|attorney registration number|bar license|bar license number|bar roll|bar roll number|bar registration"
    ), labelled=750, source="state bars"),
    Identifier("EMPLOYEE_ID", r"(?:[A-Za-z]{1,4}[-#]?)?\d{3,10}", labels(
        "employee id|employee number|employee no|employee #|emp id|emp no|emp|staff id|staff number|staff no|associate id|worker id|personnel number|payroll number|payroll id|badge number|badge id|personalnummer|mitarbeiternummer|matricule|numéro d'employé|número de empleado|matricola|personeelsnummer|工号|员工编号|社員番号|従業員番号"
    ), labelled=700, source="45 CFR 164.514(b)(2)(i)(R)"),
    Identifier("EMPLOYEE_ID", r"EMP-?\d{4,8}", (), alone=600, source="45 CFR 164.514(b)(2)(i)(R)"),
    Identifier("CUSTOMER_ID", r"(?:[A-Za-z]{1,4}[-#]?)?\d{4,12}", labels(
        "customer id|customer number|customer no|client id number|client number|client no|customer #|client #|account holder id|cust id|cust no|membership number|loyalty number|frequent flyer|kundennummer|kunden nr|kundennr|kd nr|numéro client|n° client|n° de client|client n|numéro de client|réf client|número de cliente|nº de cliente|n.º de cliente|nº cliente|cliente nº|codice cliente|numero cliente|klantnummer|客户编号|会员号|顧客番号|会員番号"
    ), labelled=650, source="GDPR art. 4(1)"),
    Identifier("STUDENT_ID", r"(?:[A-Za-z]{1,4}-?)?\d{4,12}", labels("student id|student number|student no|matriculation number|matrikelnummer|numéro étudiant|n° étudiant|número de matrícula|nº de matrícula|numero di matricola|studentnummer|student registration number|学号|学籍番号"), labelled=650, source="20 U.S.C. 1232g"),
    Identifier("INVOICE_NUMBER", r"(?:[A-Z]{1,4}[-#/]?)?\d(?:[-/]?\d){2,11}", labels("invoice|invoice number|invoice no|invoice #|rechnungsnummer|facture n|numéro de facture|número de factura|numero fattura|factuurnummer|发票号|請求書番号"), labelled=450, source="GDPR art. 4(1)"),
    Identifier("SALARY", r"(?:[$]|USD ?|EUR ?|GBP ?)\d[\d,. ]{2,14}\d(?: ?[kK])?|\d[\d,.]{3,14}\d(?: ?(?:USD|EUR|GBP|CHF))?", labels("salary|annual salary|base salary|wages|compensation|income|annual income|gehalt|jahresgehalt|salaire|salario|sueldo|stipendio|salaris|工资|月薪|年薪|給与|年収"), labelled=600, source="28 CFR 202.222"),
    Identifier("US_NDC", loose_digits(10, "-"), labels("ndc|national drug code|ndc number"), labelled=400, source="21 CFR 207.33"),
)  # fmt: skip
