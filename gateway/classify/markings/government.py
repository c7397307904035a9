"""Markings of states and alliances: classified information, CUI, export control. Grammar from the rules beside each row."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.markings.rule import Marking, Position

_LEVEL = r"(?:TOP SECRET|SECRET|CONFIDENTIAL|UNCLASSIFIED)"
_SCI = r"(?:HCS(?:-[OPX])?|SI(?:-(?:G|[A-Z]{3}))?(?: [A-Z]{4})?|TK|KLONDIKE|RSV)(?:[-/](?:HCS|SI|TK|G|NK|BLFH|IDIT|KAND|[A-Z]{3}))*"
_SAR = r"(?:SAR|SPECIAL ACCESS REQUIRED)-[A-Z0-9 /\-]{2,40}"
_CONTROL = (
    r"(?:NOFORN|NF|ORCON(?:-USGOV)?|OC(?:-USGOV)?|IMCON|IMC|PROPIN|PR|RELIDO|FISA|FOUO|LIMDIS|EXDIS|NODIS|SBU(?:-NF)?|LES(?:-NF)?|RSEN|DSEN|WNINTEL"
    r"|REL TO [A-Z]{3,4}(?:, ?[A-Z]{3,4}){0,30}|DISPLAY ONLY [A-Z]{3,4}(?:, ?[A-Z]{3,4}){0,30}|EYES ONLY|RD(?:-CNWDI|-SIGMA \d{1,2})?|FRD|TFNI|FGI(?: [A-Z]{3,4})*|ATOMAL|CNWDI)"
)
_TRAIL = rf"(?://(?:{_SCI}|{_SAR}|{_CONTROL})(?:/(?:{_SCI}|{_CONTROL}))*){{1,5}}"
_CUI_CATEGORY = r"(?:SP-)?[A-Z][A-Z0-9]{1,7}"
_CUI_CONTROL = r"(?:NOFORN|FED ONLY|FEDCON|NOCON|DL ONLY|RELIDO|REL TO [A-Z]{3,4}(?:, ?[A-Z]{3,4}){0,30}|DISPLAY ONLY [A-Z]{3,4}|ATTORNEY-CLIENT|ATTORNEY-WP)"
_EO = "https://www.archives.gov/isoo/policy-documents/cnsi-eo.html"
_CFR2001 = "https://www.ecfr.gov/current/title-32/part-2001/subpart-C"
_CFR2002 = "https://www.ecfr.gov/current/title-32/section-2002.20"

CLASSIFIED = (
    Marking("CLASSIFIED_MARKING", rf"{_LEVEL}{_TRAIL}", Position.FIXED, _CFR2001),
    Marking("CLASSIFIED_MARKING", r"TOP SECRET|SECRET", Position.BANNER, _EO),
    Marking("CLASSIFIED_MARKING", r"CONFIDENTIAL//[A-Z][A-Z0-9 ,/\-]{1,60}|//(?:COSMIC TOP SECRET|NATO SECRET|NATO CONFIDENTIAL|[A-Z]{3} (?:TOP SECRET|SECRET|CONFIDENTIAL))", Position.FIXED, _CFR2001),
    Marking("CLASSIFIED_MARKING", rf"TS|(?:TS|S|C)(?://(?:{_SCI}|{_SAR}|{_CONTROL})(?:/(?:{_SCI}|{_CONTROL}))*){{1,5}}", Position.PORTION, _CFR2001),
    Marking("CLASSIFIED_MARKING", r"(?:CLASSIFIED BY|Classified By):[^\n]{2,120}\n(?:(?:Reason|REASON):[^\n]{0,80}\n)?(?:DERIVED FROM|Derived From|DECLASSIFY ON|Declassify On):[^\n]{2,80}", Position.FIXED, _CFR2001),
    Marking("CLASSIFIED_MARKING", r"(?:DECLASSIFY ON|Declassify On): ?(?:\d{8}|25X\d|50X\d|20\d{6})", Position.FIXED, _CFR2001),
    Marking("CLASSIFIED_MARKING", r"COSMIC TOP SECRET(?: ATOMAL)?|NATO (?:SECRET|CONFIDENTIAL|RESTRICTED)(?: ATOMAL)?", Position.BANNER, "https://www.nato.int/docu/security"),
    Marking("CLASSIFIED_MARKING", r"(?:CTS|NS|NC|NR)", Position.PORTION, "https://www.nato.int/docu/security"),
    Marking("CLASSIFIED_MARKING", r"(?:TR.S SECRET UE|SECRET UE|CONFIDENTIEL UE|RESTREINT UE)(?:/EU (?:TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED))?|EU (?:TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED)", Position.BANNER, "https://eur-lex.europa.eu/eli/dec/2013/488/oj"),
    Marking("CLASSIFIED_MARKING", r"(?:TR.S SECRET UE|SECRET UE|CONFIDENTIEL UE|RESTREINT UE)/EU (?:TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED)", Position.FIXED, "https://eur-lex.europa.eu/eli/dec/2013/488/oj"),
    Marking("CLASSIFIED_MARKING", r"(?:TS-UE/EU-TS|S-UE/EU-S|C-UE/EU-C|R-UE/EU-R)", Position.FIXED, "https://eur-lex.europa.eu/eli/dec/2013/488/oj"),
    Marking("CLASSIFIED_MARKING", r"VS[ -]{0,3}(?:NfD|NUR F.R DEN DIENSTGEBRAUCH|Nur f.r den Dienstgebrauch|VERTRAULICH|Vertraulich)|VERSCHLUSSSACHE[ \-]{1,3}NUR F.R DEN DIENSTGEBRAUCH|STRENG GEHEIM|GEHEIM|(?:amtlich geheimgehalten|AMTLICH GEHEIMGEHALTEN)", Position.BANNER, "https://www.verwaltungsvorschriften-im-internet.de/bsvwvbund_13032023_SII5.htm"),
    Marking("CLASSIFIED_MARKING", r"\bVS[- ]N(?:f|F)D\b[^\n?]{0,3}(?:\n|eingestuft|-{1,2} )", Position.NOTICE, "https://www.verwaltungsvorschriften-im-internet.de/bsvwvbund_13032023_SII5.htm"),
    Marking("CLASSIFIED_MARKING", r"(?:UK )?(?:TOP SECRET|SECRET|OFFICIAL-SENSITIVE|OFFICIAL[ :\-]{1,3}SENSITIVE)(?:[ :\-]{1,3}(?:COMMERCIAL|PERSONAL|LOCSEN|MARKET|HR|LEGAL))?(?: (?:UK EYES ONLY|ATOMIC|CRYPTO))?", Position.BANNER, "https://www.gov.uk/government/publications/government-security-classifications"),
    Marking("CLASSIFIED_MARKING", r"(?:TR.S SECRET|SECRET|CONFIDENTIEL|DIFFUSION RESTREINTE)(?: D.FENSE)?|SP.CIAL FRANCE", Position.BANNER, "https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000043886977"),
    Marking("CLASSIFIED_MARKING", r"(?:AUSTEO|AGAO|PROTECTED A|PROTECTED B|PROTECTED C|CANADIAN EYES ONLY)", Position.BANNER, "https://www.protectivesecurity.gov.au"),
)  # fmt: skip

CUI = (
    Marking("CUI_MARKING", rf"(?:CUI|CONTROLLED)(?://{_CUI_CATEGORY}(?:/{_CUI_CATEGORY}){{0,6}})?(?://{_CUI_CONTROL}(?:/{_CUI_CONTROL}){{0,4}})?", Position.BANNER, _CFR2002),
    Marking("CUI_MARKING", rf"\b(?:CUI|CONTROLLED)//{_CUI_CATEGORY}(?:/{_CUI_CATEGORY}){{0,6}}(?://{_CUI_CONTROL}(?:/{_CUI_CONTROL}){{0,4}})?", Position.FIXED, _CFR2002),
    Marking("CUI_MARKING", rf"(?:U//)?CUI(?://{_CUI_CATEGORY}(?:/{_CUI_CATEGORY}){{0,6}})?(?://{_CUI_CONTROL}(?:/{_CUI_CONTROL}){{0,4}})?", Position.PORTION, _CFR2002),
    Marking("CUI_MARKING", r"(?i:controlled unclassified information)", Position.BANNER, _CFR2002),
    Marking("CUI_MARKING", r"(?i)controlled by:[^\n]{2,100}\n(?:[^\n]{0,100}\n){0,2}?cui categor(?:y|ies?)(?:\(ies\))?:", Position.FIXED, "https://www.dodcui.mil"),
    Marking("CUI_MARKING", r"(?i)\b(?:this|the attached|the enclosed)[^.?\n]{0,60}\bcontains?\b[^.?\n]{0,30}(?:controlled unclassified information|\bCUI\b)", Position.NOTICE, _CFR2002),
    Marking("CUI_MARKING", r"FOR OFFICIAL USE ONLY|U//FOUO|LAW ENFORCEMENT SENSITIVE|SENSITIVE BUT UNCLASSIFIED|LIMITED OFFICIAL USE", Position.BANNER, _CFR2002),
    Marking("CUI_MARKING", r"U//(?:FOUO|LES|SBU)|FOUO", Position.PORTION, _CFR2002),
    Marking("CUI_MARKING", r"(?i)distribution statement [b-f][.:][^\n]{0,40}(?:distribution (?:is )?authorized|further dissemination)", Position.FIXED, "https://www.esd.whs.mil/Portals/54/Documents/DD/issuances/dodi/523024p.pdf"),
)  # fmt: skip

EXPORT = (
    # 22 CFR 120-130 and 15 CFR 730-774: notices, and classification numbers.
    Marking("EXPORT_MARKING", r"(?i)\b(?:this|these|the (?:attached|enclosed|following))[^.?\n]{0,80}\b(?:contains?|is|are|may contain)\b[^.?\n]{0,60}(?:\bITAR\b|\bEAR99\b|export[- ]controlled|controlled (?:by|under) the (?:ITAR|EAR)|subject to the (?:ITAR|EAR)\b|technical data as defined)", Position.NOTICE, "https://www.ecfr.gov/current/title-22/section-120.33"),
    Marking("EXPORT_MARKING", r"(?i)\b(?:subject to|controlled (?:by|under)|restricted (?:by|under)|regulated (?:by|under)) the (?:international traffic in arms regulations|export administration regulations|export control laws)\b", Position.NOTICE, "https://www.ecfr.gov/current/title-15/part-734"),
    Marking("EXPORT_MARKING", r"(?i)\bcontains? (?:technical data|export[- ]controlled (?:technology|information|technical data))\b[^.?\n]{0,60}", Position.NOTICE, "https://www.ecfr.gov/current/title-22/section-120.33"),
    Marking("EXPORT_MARKING", r"(?i:WARNING)[ \-:]{1,4}(?i:this (?:document|drawing|information|file) contains technical data whose export is restricted)", Position.FIXED, "https://www.esd.whs.mil/Portals/54/Documents/DD/issuances/dodi/523024p.pdf"),
    Marking("EXPORT_MARKING", r"(?:ITAR|EAR|EXPORT)[- ](?:CONTROLLED|RESTRICTED|CONTROL(?:LED)? INFORMATION)(?:[ :\-]{1,3}[A-Z ]{3,60})?|ITAR(?: TECHNICAL DATA)?|EXPORT CONTROLLED INFORMATION|NO FOREIGN NATIONALS", Position.BANNER, "https://www.ecfr.gov/current/title-22/part-120"),
    Marking("EXPORT_MARKING", r"ITAR|EAR99|(?i:(?:ITAR|EAR|export)[- ](?:controlled|restricted))", Position.HEADING, "https://www.ecfr.gov/current/title-22/part-120"),
    Marking("EXPORT_MARKING", r"\bECCN[ \t]{0,2}(?:[:#=]|is|number:?|No\.?:?)?[ \t]{0,2}(?:[0-9][A-E](?:00[0-9]|[1-9]0[0-9]|[1269]\d\d)(?:\.[a-z0-9]{1,3}){0,5}|EAR99)\b", Position.FIXED, "https://www.ecfr.gov/current/title-15/part-774"),
    Marking("EXPORT_MARKING", r"\bUSML[ \t,]{0,2}(?:(?i:category|cat\.?)[ \t]{1,2})?(?:XXI|XX|XIX|XVIII|XVII|XVI|XV|XIV|XIII|XII|XI|X|IX|VIII|VII|VI|V|IV|III|II|I)(?:\([a-z]{1,2}\)(?:\(\d{1,3}\))?)?", Position.FIXED, "https://www.ecfr.gov/current/title-22/section-121.1"),
    Marking("EXPORT_MARKING", r"(?i)\bdiversion contrary to u\.?s\.? law (?:is )?prohibited\b", Position.FIXED, "https://www.ecfr.gov/current/title-15/section-758.6"),
    Marking("EXPORT_MARKING", r"(?i)\bNLR\b[^\n]{0,20}\bECCN\b|\bAL-?Nummer[: ]{1,2}[0-9][A-E]\d{3}", Position.FIXED, "https://www.bafa.de"),
)  # fmt: skip
