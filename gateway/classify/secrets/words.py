"""The words that announce a credential, in several languages, and the expressions around them. All are RE2.

In the ASCII shadow of a text every accented letter is `a`, so a word with one is written with `.` there.
"""

# ruff: noqa: E501, S105  (a pattern broken over lines is harder to check than a long one; nothing here is a password)

from __future__ import annotations

_SPOKEN_WORDS = (
    r"pass(?:word|wd|wort|wrd|[ \-]?phrase|code)s?|\bpwd\b|kenn?wort|contrase.a|mot[ _\-]?de[ _\-]?passe"
    r"|\bsenha|wachtwoord|parola d.ordine|\bclave(?: de acceso)?\b|heslo|\bhas.o\b|l.senord|salasana|adgangskode"
)
PASSWORD_WORDS = rf"{_SPOKEN_WORDS}|(?:\b|_)(?:pwd|pass|pw)(?:\b|_)"
"""The short ones stand as words of their own only: "passive" and "compass" are none."""
KEY_WORDS = (
    r"secret|token|api[ _\-]?key|access[ _\-]?key|auth[ _\-]?key|private[ _\-]?key|signing[ _\-]?key|encryption[ _\-]?key|master[ _\-]?key"
    r"|account[ _\-]?key|license[ _\-]?key|service[ _\-]?key|shared[ _\-]?key|session[ _\-]?key|client[ _\-]?key|app[ _\-]?key|credential|bearer"
    r"|geheimnis|zugangs(?:schl.ssel|token)|api[ _\-]?schl.ssel|clave[ _\-](?:secreta|api|privada)|cl.[ _\-](?:secr.te|api|priv.e)|chiave[ _\-](?:segreta|api)"
)
ANY_KEY = r"[A-Za-z0-9]_(?:key|KEY)\b|[a-z]Key\b"
"""A name that ends in key: asks most of its value."""

SCRIPT_PASSWORD_WORDS = (
    "密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|[Пп]ароль|ПАРОЛЬ|κωδικός|סיסמה|كلمة المرور|पासवर्ड|รหัสผ่าน"
)
SCRIPT_KEY_WORDS = (
    "密钥|密鑰|秘钥|秘鑰|令牌|私钥|トークン|秘密鍵|アクセスキー|토큰|비밀키|токен|ключ API|секретный ключ"
)

LONGEST = 512
"""Longest value looked at, characters."""

_TAIL = r"([A-Za-z0-9_\-]{0,30})"
_SEPARATOR = (
    r"\\{0,2}['\"\]`*)]{0,3}(?:[ \t]{0,12}(?::=|=>|->|={1,3}|:)[ \t]{0,6}"
    r"|[ \t](?:is|ist|lautet|est|es)(?:[ \t]{1,2}:?|:)[ \t]{0,3}|[ \t]{0,3}\??:[ \t]{0,2}[A-Za-z_][\w\[\]<>|&]{0,20}[ \t]{0,2}=[ \t]{0,2}|['\"]\s{0,2},\s{0,3}|\([ \t]{0,2}|[ \t]{1,3}\|[ \t]{1,3})"
)
_VALUE = r"""(?:[rbfuLN@$]{0,2}\\{0,2}"([^"\\\n]{3,})|[rbfuLN@$]{0,2}\\{0,2}'([^'\\\n]{3,})|`([^`\\\n]{3,})`|([^\s'"\\`]{3,}))"""
"""Groups 1 to 3 are quoted values, group 4 is a bare one."""

LABELLED_PASSWORD = rf"(?i)({PASSWORD_WORDS}){_TAIL}{_SEPARATOR}{_VALUE}"
LABELLED_KEY = rf"((?i:{KEY_WORDS})|{ANY_KEY}){_TAIL}{_SEPARATOR}{_VALUE}"
OPTION_PASSWORD = rf"(?i)--?(?:[a-z]{{1,20}}-)?(password|passwd|pass|pwd|passphrase)()[ =]{{1,2}}{_VALUE}"
OPTION_KEY = (
    rf"(?i)--?(?:[a-z]{{1,20}}-)?(token|secret|api-?key|access-?key|secret-?key|auth-?token)()[ =]{{1,2}}{_VALUE}"
)
_OF = r"[ \t](?:for|of|to|on|at|in|from|f.r|vom|zum|zur|von|des|der|du|de|del|della|dello|al|pour|para|per|di|van|voor)[ \t][^.\n:=!?\"]{1,36}"
"""What a credential is for, between its word and a colon."""
SPOKEN_PASSWORD = (
    rf"(?i)(?:{_SPOKEN_WORDS})s?\b['\"]?(?:(?:[ \t][^.\n:=!?\"]{{0,40}}?)?[ \t](?:is|was|are|to|lautet|ist|war|auf|est|es|en|.|zijn|jest)"
    r"(?: now| set to| currently| jetzt| nun| ahora)?(?:[ \t]{1,2}:?|:)"
    rf"|{_OF}[ \t]{{0,2}}:)[ \t]{{0,3}}['\"`(]{{0,2}}([^\s'\"\\`]{{4,128}})"
)
BARE_PASSWORD = rf"(?i)(?:{_SPOKEN_WORDS})[ \t]{{1,2}}['\"`(]?([^\s'\"\\`]{{8,64}})"
"""With nothing in between: only a value that can be nothing else counts."""
SPOKEN_KEY = (
    rf"(?i)(?:{KEY_WORDS})s?{_OF}(?::|[ \t](?:is|ist|est|es)[ \t]?:?)[ \t]{{1,3}}['\"`(]{{0,2}}([^\s'\"\\`]{{16,512}})"
)
AFTER_SCRIPT_WORD = rf"[ \t]{{0,3}}(?:(?:aa?|is)[ \t]{{0,2}})?[:=]?[ \t]{{0,3}}{_VALUE}"
"""What follows a word of another script, in the shadow: a verb of one or two characters, a colon, a value."""
USER_NAME = (
    r"(?i)(?:user[ _\-]?(?:name|id)?|login(?:[ _\-]?name)?|account|uid|e-?mail|benutzer(?:name|kennung)?|nutzername|utilisateur|usuario|utente|gebruiker)"
    rf"\\{{0,2}}['\"]?[ \t]{{0,3}}(?:[:=]|[ \t]is[ \t])[ \t]{{0,3}}{_VALUE}"
)

ANCHORS = (
    rf"(?i)(?:{PASSWORD_WORDS})",
    rf"(?i)(?:{KEY_WORDS})",
    rf"(?:{ANY_KEY})['\"\]]{{0,2}}[ \t]{{0,3}}[:=]",
)
"""One of these stands wherever a labelled value stands."""

TALKS_ABOUT = (
    r"hash|digest|salt|policy|length|len$|size|count|field|file|path|dir$|url|uri|link|reset|expir|ttl|_age|min$|max|regex|pattern|prompt|label|hint|placeholder|title|text|error|fail|invalid|"
    r"strength|type|kind|class|name|(?:_|^)ids?$|Id$|_at$|date|time|changed|updated|required|enabled|disabled|input|form|param|prop|schema|column|index|limit|usage|output|counter|stream|iz(?:er|ation)|"
    r"source|version|arn$|ref$|public|scope|endpoint|provider|manager|rotation|encod|algorithm|generator|fingerprint|thumbprint|header"
)
"""After the word these say that the value describes a credential and is none."""
TALKS_BEFORE = (
    r"(?:public|cache|primary|foreign|sort|partition|object|row|hash|dict|map|translation|i18n|idempotency|page|pagination|continuation|cursor|csrf|xsrf|lookup|registry|hot|short|arrow|data|group|filter|"
    r"max|min|num|total|prompt|completion|input|output|ssh|pub|site|localization|message|storage|state|query|event|storage|route|meta|feature|plugin)[_\- .]?$"
)
"""The same before it."""
