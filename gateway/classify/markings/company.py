"""Markings of companies and their lawyers: privilege, confidentiality, inside information, plans."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.markings.rule import Marking, Position

_RULE_502 = "https://www.law.cornell.edu/rules/fre/rule_502"
_MAR = "https://eur-lex.europa.eu/eli/reg/2014/596/oj"
_REG_FD = "https://www.ecfr.gov/current/title-17/part-243"
_PRACTICE = "https://www.iso.org/standard/27001"
_SELF = r"(?:this|the (?:attached|enclosed|following|above|foregoing)|these|attached) (?:[a-z\-]+ ){0,3}?(?:document|memo(?:randum)?|e-?mail|message|communication|information|letter|presentation|deck|report|draft|file|material|materials|attachment|spreadsheet|data|analysis|page|slides?|note|agreement|contract|opinion|text)s?"

LEGAL = (
    Marking("PRIVILEGE_MARKING", r"(?i:attorney[- /]client privileged?|attorney work[- ]product|privileged (?:and|&) confidential|legally privileged)", Position.HEADING, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i:(?:privileged (?:and|&) confidential|confidential (?:and|&) privileged)(?:[ \-/|:,.]{1,4}(?:attorney[- /]client (?:privileged?|communication)|attorney work[- ]product|prepared [^\n]{5,80}|subject to [^\n]{5,80}))*)", Position.BANNER, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i:(?:subject to )?attorney[- /]+client[- ]+(?:privileged?(?: (?:communication|material|information))?|communication)(?:[ \-/|:,.&]{1,5}(?:and )?(?:attorney )?(?:work[- ]product|privileged|confidential|do not forward))*)", Position.BANNER, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i:attorney work[- ]product(?:[ \-/|:,.&]{1,5}(?:privileged|confidential|attorney[- ]client (?:privileged?|communication)|do not (?:copy|forward|distribute)|prepared in anticipation of litigation))*)", Position.BANNER, _RULE_502),
    Marking("PRIVILEGE_MARKING", rf"(?i)\b{_SELF}\b[^.?\n]{{0,60}}\b(?:is|are|contains?|constitutes?|remains?|may contain|may be)\b[^.?\n]{{0,60}}\b(?:attorney[- ]client privileged?|attorney[- ]client communications?|attorney work[- ]product|legally privileged|privileged (?:and|&) confidential|legal professional privilege|protected by (?:the )?(?:attorney|legal)[^.?\n]{{0,30}}privilege|privileged)\b", Position.NOTICE, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i)\bprepared (?:at the (?:direction|request) of (?:legal )?counsel|in anticipation of litigation|by counsel)\b", Position.NOTICE, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i)[\[(](?:attorney[- ]client privileged?|privileged(?: (?:and|&) confidential)?|attorney work[- ]product|legal privilege|legal advice privilege|anwaltsgeheimnis|ACP|AWP)[\])]", Position.FIXED, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i)\b(?:anwaltliche korrespondenz|vertrauliche anwaltskorrespondenz|anwaltsgeheimnis|secret professionnel (?:de l.)?avocat|legal(?:ly)? privileged|without prejudice(?: save as to costs)?|common interest privilege[d]?|settlement communication[^\n]{0,20}FRE 408)", Position.BANNER, _RULE_502),
    Marking("PRIVILEGE_MARKING", r"(?i)(?:^|\n)(?:subject|betreff|re)[ \t]*:[^\n]{0,80}\b(?:privileged|attorney[- ]client|work product)\b", Position.FIXED, _RULE_502),
)  # fmt: skip

INSIDE = (
    Marking("MNPI_MARKING", r"(?i:(?:contains |highly confidential[ \-/|:]{1,4})?(?:material[, ]{1,2}non-?public information|MNPI|inside information|insiderinformation(?:en)?|information privil.gi.e))(?i:[ \-/|:,.]{1,4}(?:do not (?:trade|forward|distribute)|restricted|strictly confidential|confidential|need to know(?: only)?))*", Position.BANNER, _REG_FD),
    Marking("MNPI_MARKING", rf"(?i)\b{_SELF}\b[^.?\n]{{0,60}}\b(?:is|are|contains?|constitutes?|may contain|may constitute)\b[^.?\n]{{0,40}}(?:material[, ]{{1,2}}non-?public information|\bMNPI\b|inside information)", Position.NOTICE, _REG_FD),
    Marking("MNPI_MARKING", r"(?i)[\[(](?:MNPI|inside information|insider information|wall[- ]crossed|restricted list)[\])]", Position.FIXED, _MAR),
    Marking("MNPI_MARKING", r"(?i)\b(?:you|recipients?) (?:are|have been|will be|is) (?:now )?(?:wall[- ]crossed|made an insider|added to the insider list|in possession of (?:material|inside))", Position.NOTICE, _MAR),
    Marking("MNPI_MARKING", r"(?i)\b(?:do not|must not|may not|no) trad(?:e|ing)\b[^.?\n]{0,50}\b(?:until|before|prior to)\b[^.?\n]{0,30}\b(?:announc|earnings|public|release|results)", Position.NOTICE, _MAR),
    Marking("MNPI_MARKING", r"(?i:(?:earnings|results|press release|8-K|10-[QK])[ \-:]{1,3}(?:draft|embargoed|not yet (?:public|announced))|embargoed until [^\n]{4,60}|not for release (?:before|until) [^\n]{4,60}|ad-hoc-pflichtig)", Position.BANNER, _MAR),
    Marking("MNPI_MARKING", r"(?i)\b(?:unannounced|unpublished|pre-release|not yet (?:announced|public)) (?:quarterly |annual |financial |q[1-4] )?(?:earnings|results|acquisition|merger|guidance|takeover|offer)\b[^.?\n]{0,40}\b(?:confidential|do not|draft|embargo|strictly)", Position.NOTICE, _MAR),
)  # fmt: skip

COMPANY = (
    Marking("CONFIDENTIALITY_MARKING", r"(?i:(?:strictly |highly |company )?confidential|internal use only|trade secret)", Position.HEADING, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"(?i:(?:company|strictly|highly|most|commercial(?:ly)?(?: in)?|internal|business|trade)[- ](?:private (?:and|&) )?(?:confidential(?:ity)?|confidence|secret|sensitive))(?i:[ \-/|:,.]{1,4}(?:do not (?:distribute|share|forward|copy|disclose)|internal(?: use)? only|need to know(?: only)?|draft|proprietary|page \d+|not for (?:external )?distribution|for internal use only))*", Position.BANNER, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"CONFIDENTIAL|Confidential|(?:CONFIDENTIAL|Confidential)[ \-/|:,.]{1,4}[A-Z][A-Za-z ,.&]{2,60}|(?i:confidential (?:and|&) proprietary|proprietary (?:and|&) confidential|private (?:and|&) confidential|internal(?: use)? only|for internal (?:use|distribution)(?: only)?|not for (?:external |public )?(?:distribution|release|circulation)|do not (?:distribute|forward|share|copy)|restricted distribution|need[- ]to[- ]know(?: only)?|company confidential|trade secrets?|all rights reserved[ ,.\-]{1,3}confidential)[.!]?(?i:[ ,.\-]{1,3}(?:for internal use only|do not (?:distribute|forward|share|copy)|confidential|proprietary)[.!]?){0,3}", Position.BANNER, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"(?i)\b(?:company|strictly) confidential[ \t]*[-|][ \t]*page \d+", Position.FIXED, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"(?i)\bfor internal use only[.!][ \t]{0,2}do not (?:distribute|share|forward)", Position.FIXED, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", rf"(?i)\b{_SELF}\b[^.?\n]{{0,60}}\b(?:is|are|contains?|includes?|constitutes?)\b[^.?\n]{{0,50}}\b(?:strictly confidential|highly confidential|confidential(?: (?:and|&) proprietary)?|proprietary (?:and|&) confidential|proprietary information|(?:a )?trade secrets?|for internal use only|intended (?:solely|only) for internal use)\b", Position.NOTICE, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"(?i:(?:streng |h.chst )?vertraulich|gesch.ftsgeheimnis|betriebsgeheimnis|nur f.r den internen gebrauch|intern|nicht zur weitergabe(?: bestimmt)?|(?:strictement |tr.s )?confidentiel|usage interne(?: uniquement)?|secret des affaires|(?:estrictamente |muy )?confidencial|uso interno|(?:strettamente )?riservato|riservatezza|(?:strikt |streng )?vertrouwelijk|bedrijfsgeheim)[.!]?", Position.BANNER, _PRACTICE),
    Marking("CONFIDENTIALITY_MARKING", r"TLP:(?:RED|AMBER(?:\+STRICT)?)", Position.FIXED, "https://www.first.org/tlp/"),
    Marking("CONFIDENTIALITY_MARKING", r"(?i)\b(?:under|subject to|covered by) (?:an? |our |the )?(?:mutual )?(?:NDA|non-?disclosure agreement)\b[^.?\n]{0,40}\b(?:do not|must not|may not|confidential)", Position.NOTICE, _PRACTICE),
)  # fmt: skip

ROADMAP = (
    Marking("ROADMAP", r"(?i)\b(?:unreleased|unannounced|not[- ]yet[- ](?:released|announced|launched|public)|pre[- ]?announcement|stealth[- ]mode) (?:\w+ ){0,3}(?:product|feature|model|version|device|chip|service|app|platform|release|line|project|sku)s?\b", Position.FIXED, _PRACTICE),
    Marking("ROADMAP", r"(?i)\b(?:our|internal|company|confidential) (?:\w+ ){0,2}road-?map\b|\broad-?map(?: for| of)? (?:our|internal)\b|\b(?:product )?road-?map[:\-] |\bunder embargo\b|\binternal code ?name\b", Position.FIXED, _PRACTICE),
    Marking("ROADMAP", r"(?i)\b(?:we|our \w+(?: \w+)?|it|which|product|project \w+|feature) (?:will |is |are |plans? to |planned to |to )*(?:launch|ship|releas|announc)(?:e?s|e?d|ing|e)?\b[^.\n]{0,60}\b(?:q[1-4]|h[12]|spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|december)[ ,/\-]{1,3}(?:fy)?20\d\d\b", Position.FIXED, _PRACTICE),
    Marking("ROADMAP", r"(?i)\b(?:planned|internal|target|tentative|secret) (?:launch|release|ship|announcement) date\b|\blaunch date (?:is|:|of)", Position.FIXED, _PRACTICE),
    Marking("ROADMAP", r"(?i)\b(?:do not|don't|never) (?:mention|discuss|reveal|talk about|leak|tell)\b[^.\n]{0,80}\b(?:launch|road-?map|unreleased|unannounced|upcoming|code ?name|acquisition|merger)\b", Position.FIXED, _PRACTICE),
)  # fmt: skip
