"""Credentials known by their structure: private keys, tokens that describe themselves, addresses and headers with passwords.

Each row: type, RE2 expression whose participating group is the credential, the check, the score.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.classify.secrets.format import Checksum


class Judgement(StrEnum):
    """How the value of a structure is judged."""

    ANY = "any"
    """The structure says it all."""
    PASSWORD = "password"  # noqa: S105  (a judgement, not a password)
    """Like a value beside a word for password."""
    SHORT = "short"
    """Anything that is no stand-in: the place says that it is a password."""
    KEY = "key"
    """Like a value beside a word for key."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A place in a text that holds a credential whatever its issuer.

    `anchor` is a shorter expression that matches wherever `expression` does; it keeps the common automaton small.
    """

    type: str
    expression: str
    judgement: Judgement
    anchor: str
    score_milli: int = 900
    checksum: Checksum = Checksum.NONE


_QUOTED = r"""(?:\\{0,2}"([^"\\\n]{3,200})\\{0,2}"|\\{0,2}'([^'\\\n]{3,200})\\{0,2}'|([^\s'"\\<>;,]{3,128}))"""
_CREDENTIAL = r"[^\s:/@'\"<>`]"
_STORES = r"postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|smtps?|s?ftps?|ldaps?|mssql|sqlserver|oracle|clickhouse|mqtts?|imaps?"
_WITH_CREDENTIALS = r"://[^\s/'\"<>]{0,65}:[^\s'\"<>]{2,160}@"
_DASHES = r"[ \-]{3,10}"
_BREAK = r"(?:\\[nr]|[\s\"'>+|,]){1,12}"
"""Between two lines of a key: a line break, written out or not, quotation marks, signs of diffs and mails."""
_BASE64_LINES = rf"(?:[A-Za-z0-9+/]{{40,76}}{_BREAK})+(?:[A-Za-z0-9+/]{{1,76}}={{0,2}}{_BREAK})?"
_DER_HEADS = r"MII[A-Za-z0-9+/]{3}IBAAKC|MII[A-Za-z0-9+/]{3}IBADANBgkq|MH[cQ]CAQEE|MIGkAgEBBD|MIHcAgEBBE|MI(?:GH|G2|Hu)AgEAMB[AM]GBy|MC4CAQAwBQYDK2V|b3BlbnNzaC1rZXktdjEA"

STRUCTURES = (
    # RFC 7468: textual encodings; the label of any private key. RFC 4716 and RFC 9580 write theirs in the same way.
    Structure("SECRET_PRIVATE_KEY", rf"(?i)(-{_DASHES}BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?{_DASHES}(?s:.*?)(?:-{_DASHES}END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?{_DASHES}-|\z))", Judgement.ANY, r"(?i)PRIVATE KEY(?: BLOCK)?[ \-]{3}", 1000),
    # The same without its first line: lines of base64 before the last one, and what DER private keys begin with (RFC 8017, 5208, 5915, 8410).
    Structure("SECRET_PRIVATE_KEY", rf"({_BASE64_LINES}-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----)", Judgement.ANY, r"END (?:[A-Z0-9]+ )*PRIVATE KEY-", 1000),
    Structure("SECRET_PRIVATE_KEY", rf"\b((?:{_DER_HEADS})[A-Za-z0-9+/]{{16,}}={{0,2}}(?:{_BREAK}[A-Za-z0-9+/]{{16,}}={{0,2}})*(?:{_BREAK}[A-Za-z0-9+/]{{4,}}={{0,2}})?)", Judgement.ANY, _DER_HEADS, 950),
    Structure("SECRET_PRIVATE_KEY", r"(---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----(?s:.*?)(?:---- END SSH2 ENCRYPTED PRIVATE KEY ----|\z))", Judgement.ANY, r"BEGIN SSH2 ENC", 1000),
    Structure("SECRET_PRIVATE_KEY", r"(PuTTY-User-Key-File-[23]:(?s:.*?)(?:Private-MAC: [0-9a-f]+|\z))", Judgement.ANY, r"PuTTY-User-Key-File", 1000),
    Structure("SECRET_PRIVATE_KEY", r"(?s)<RSAKeyValue>.*?<D>([A-Za-z0-9+/=\s]{40,})</D>", Judgement.ANY, r"<RSAKeyValue>", 950),
    # RFC 7517, RFC 7518 section 6: the private members of a JSON web key.
    Structure("SECRET_PRIVATE_KEY", r'"kty"\s{0,3}:\s{0,3}"(?:RSA|EC|OKP)"[^{}]*?"d"\s{0,3}:\s{0,3}"([A-Za-z0-9_\-]{40,1000})"', Judgement.ANY, r'"kty"', 1000),
    # RFC 7519: three base64url parts, the first two JSON objects (`{"` is `eyJ`).
    Structure("SECRET_JWT", r"\b(eyJ[A-Za-z0-9_\-]{8,}(?:\.|%2[Ee])eyJ[A-Za-z0-9_\-]{8,}(?:\.|%2[Ee])[A-Za-z0-9_\-]*)", Judgement.ANY, r"eyJ[A-Za-z0-9_\-]{8}", 950, Checksum.JWT),
    # RFC 7516: five parts.
    Structure("SECRET_JWT", r"\b(eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,})", Judgement.ANY, r"eyJ[A-Za-z0-9_\-]{8}", 950, Checksum.JWT),
    # RFC 3986 userinfo with a password; the span is the password.
    Structure("SECRET_CONNECTION_STRING", rf"\b[A-Za-z][A-Za-z0-9+.\-]{{1,30}}://{_CREDENTIAL}{{0,64}}:([^\s/'\"<>`]{{2,128}})@[^\s'\"<>@]{{3}}", Judgement.SHORT, _WITH_CREDENTIALS),
    Structure("SECRET_CONNECTION_STRING", rf"(?i)\b(?:server|host|data source|endpoint|uid|user(?: id)?|driver|database|initial catalog|account ?name|hostname)=[^;\n]*;(?:[^;\n]*;)*?\s?(?:password|pwd)\s?=\s?{_QUOTED}", Judgement.SHORT, r"(?i);\s?(?:password|pwd)\s?="),
    Structure("SECRET_CONNECTION_STRING", r"(?i)\b(?:password|pwd)=([^;\s'\"]{3,128});\s?(?:server|host|data source|database|user|uid|port)", Judgement.SHORT, r"(?i)\b(?:password|pwd)="),
    Structure("SECRET_CONNECTION_STRING", r"(?i)\bjdbc:[a-z0-9:@/.\-_]+[?;&](?:[^\s&;]*[&;])*?password=([^\s&;'\"]{3,128})", Judgement.SHORT, r"(?i)jdbc:"),
    Structure("SECRET_CONNECTION_STRING", r"(?i)\bjdbc:oracle:thin:[A-Za-z0-9_$#]{1,64}/([^\s@'\"]{3,128})@", Judgement.SHORT, r"(?i)jdbc:oracle:thin:"),
    # ODBC quotes a value with braces; a slash in a password is against RFC 3986 and common.
    Structure("SECRET_CONNECTION_STRING", r"(?i);\s?(?:password|pwd)\s?=\s?\{((?:[^}\n]|\}\}){0,100}[^}\w.\n (\[\"'](?:[^}\n]|\}\}){0,100})\}", Judgement.SHORT, r"(?i);\s?(?:password|pwd)\s?=\s?\{"),
    Structure("SECRET_CONNECTION_STRING", r"(?i);\s?(?:password|pwd)\s?=\s?\{([^}\n]{4,128})\}", Judgement.PASSWORD, r"(?i);\s?(?:password|pwd)\s?=\s?\{"),
    Structure("SECRET_CONNECTION_STRING", rf"(?i)\b(?:{_STORES})(?:\+\w{{1,20}})?://{_CREDENTIAL}{{0,64}}:([^\s'\"<>`@]{{2,128}})@[^\s'\"<>@]{{3}}", Judgement.SHORT, _WITH_CREDENTIALS),
    # RFC 6750 and RFC 7617: what follows the scheme of an authorization header.
    Structure("SECRET_BASIC_AUTH", r"(?i)\b(?:proxy-)?authorization['\"]?\s{0,3}[:=,]\s{0,3}['\"]?basic\s{1,3}([A-Za-z0-9+/]{8,}={0,2})", Judgement.ANY, r"(?i)authorization", 950, Checksum.BASIC),
    Structure("SECRET_BEARER_TOKEN", r"(?i)\b(?:proxy-)?authorization['\"]?\s{0,3}[:=,]\s{0,3}[rbf]?['\"]?(?:bearer|token|apikey|key|ssws|splunk|digest)[\s=]{1,3}([A-Za-z0-9._~+/\-]{16,}=*)", Judgement.KEY, r"(?i)authorization", 850),
    Structure("SECRET_SESSION_COOKIE", r"(?i)\b(?:cookie['\"]?\s{0,3}[:=]|;)\s{0,3}[^\n]{0,200}?\b(?:[a-z_.\-]{0,20}sess(?:ion)?[a-z_.\-]{0,10}|phpsessid|jsessionid|connect\.sid|auth_?token|csrftoken|remember_token)=([A-Za-z0-9%._+/\-]{16,}=*)", Judgement.KEY, r"(?i)(?:sess|sid|auth_?token|csrftoken|remember_token)[a-z_.\-]{0,10}=", 700),
    # Command lines.
    Structure("SECRET_PASSWORD", r"(?i)\bcurl\b[^\n|]{0,300}?\s(?:-u|--user)[ =]['\"]?[^\s:'\"]{1,64}:([^\s'\"]{3,128})", Judgement.SHORT, r"curl\b"),
    Structure("SECRET_PASSWORD", rf"\bsshpass\s+-p\s*{_QUOTED}", Judgement.SHORT, r"sshpass"),
    Structure("SECRET_PASSWORD", r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|]{0,200}?\s-p([^\s'\"\-][^\s'\"]{3,64})", Judgement.SHORT, r"\b(?:mysql|mariadb)"),
    Structure("SECRET_PASSWORD", r"\b(?:redis-cli|ldapsearch|ldapmodify|ipmitool|docker login|az login|psexec)\b[^\n|]{0,200}?\s-(?:a|w|P|p)\s{1,2}['\"]?([^\s'\"\-][^\s'\"]{3,64})", Judgement.PASSWORD, r"\b(?:redis-cli|ldap|ipmitool|docker login|az login|psexec)"),
    Structure("SECRET_PASSWORD", r"\b(?:net use|runas|wmic)\b[^\n]{0,120}?/user:\S{1,64}\s{1,2}([^\s/]{4,64})", Judgement.PASSWORD, r"/user:"),
    Structure("SECRET_PASSWORD", r"(?i)\b-pass(?:in|out)?\s+pass:([^\s'\"]{3,64})", Judgement.SHORT, r"(?i)-pass(?:in|out)?\s+pass:"),
    Structure("SECRET_PASSWORD", r"(?m)^\s{0,8}(?:ENV|ARG)\s{1,4}\w{0,40}(?i:password|passwd|pwd|passphrase)\w{0,20}\s{1,4}([^\s'\"=]{4,128})\s{0,4}$", Judgement.PASSWORD, r"(?m)^\s{0,8}(?:ENV|ARG)\s"),
    Structure("SECRET_KEY", r"(?m)^\s{0,8}(?:ENV|ARG)\s{1,4}\w{0,40}(?i:secret|token|api_?key|access_?key)\w{0,20}\s{1,4}([^\s'\"=]{12,512})\s{0,4}$", Judgement.KEY, r"(?m)^\s{0,8}(?:ENV|ARG)\s", 800),
    # SQL and files with a fixed grammar.
    Structure("SECRET_PASSWORD", r"(?i)\bidentified\s+(?:with\s+\S{1,40}\s+)?by\s+(?:password\s+)?['\"]([^'\"\n]{3,128})['\"]", Judgement.SHORT, r"(?i)\bidentified\s"),
    Structure("SECRET_PASSWORD", r"(?i)\b(?:create|alter)\s+(?:user|role|login)\b[^;\n]{0,120}?\bpassword\s*=?\s*N?'([^'\n]{3,128})'", Judgement.SHORT, r"(?i)\bpassword\s*=?\s*N?'"),
    Structure("SECRET_PASSWORD", r"\bmachine\s+\S{1,100}\s+login\s+\S{1,100}\s+password\s+(\S{3,128})", Judgement.SHORT, r"\bmachine\s+\S{1,100}\s+login"),
    Structure("SECRET_PASSWORD", r"(?m)^[a-z0-9.\-*]{1,100}:(?:\d{2,5}|\*):[\w.*\-]{1,64}:[\w.*\-]{1,64}:([^\s:]{4,128})$", Judgement.PASSWORD, r"(?m)^[a-z0-9.\-*]+:(?:\d{2,5}|\*):"),
    Structure("SECRET_PASSWORD", r"(?i)<(?:\w{1,30}:)?\w{0,20}(?:password|passwd|pwd|passphrase|kennwort)\w{0,12}(?:\s[^<>]{0,120})?>\s{0,20}([^<>\s]{3,128})\s{0,20}</", Judgement.PASSWORD, r"(?i)<[\w:]*(?:password|passwd|pwd|passphrase|kennwort)"),
    Structure("SECRET_KEY", r"(?i)<(?:\w{1,30}:)?\w{0,20}(?:api-?key|secret|token|access-?key)\w{0,12}(?:\s[^<>]{0,120})?>\s{0,20}([^<>\s]{12,512})\s{0,20}</", Judgement.KEY, r"(?i)<[\w:]*(?:api-?key|secret|token|access-?key)", 800),
    # BIP 39, BIP 32 and WIF: what moves money.
    Structure("SECRET_WALLET_KEY", r"\b((?:xprv|yprv|zprv|tprv)[1-9A-HJ-NP-Za-km-z]{100,112})\b", Judgement.ANY, r"[xyzt]prv[1-9A-Z]", 950),
    Structure("SECRET_WALLET_KEY", r"(?i)\b(?:private[ _\-]?key|wallet[ _\-]?key|priv[_\-]?key)['\"]?\s{0,3}[:=]\s{0,3}['\"]?((?:0x)[0-9a-f]{64})\b", Judgement.ANY, r"0x[0-9A-Fa-f]{64}", 950),
    Structure("SECRET_WALLET_PHRASE", r"(?i)\b(?:seed|mnemonic|recovery|secret)[ _\-](?:phrase|words?|seed)\b['\"]?[^\n:=]{0,20}[:=]\s{0,3}['\"]?((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})", Judgement.ANY, r"(?i)(?:seed|mnemonic|recovery|secret)[ _\-](?:phrase|word|seed)", 900),
    # RFC 6238: the shared secret of one-time passwords.
    Structure("SECRET_OTP_SEED", r"(?i)\botpauth://[a-z]{4}/[^\s?]{0,200}\?[^\s]{0,100}?secret=([a-z2-7]{16,64})", Judgement.ANY, r"otpauth://", 1000),
)  # fmt: skip
"""Tried in this order; all of them are linear."""
