"""The identifiers of everyday letters and forms as they are named in six languages, each in sentences of its language.

A row is a label of `tests.load.accuracy.classes`, how values are written (`tests.load.accuracy.generated`), and the
words that announce them, written down from forms and letters, not taken from the recognizers.
"""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

import random
from dataclasses import dataclass

from gateway.classify.recognizers import european_numbers as eu
from gateway.classify.recognizers import world_numbers as world
from tests.load.accuracy.documents import Document, Truth
from tests.load.accuracy.generated import Shape, drawn, shape


@dataclass(frozen=True, slots=True)
class Language:
    """Sentences with a place for a label and a value, and what is announced in them."""

    sentences: tuple[str, ...]
    shapes: tuple[Shape, ...]


def _card(names: str) -> Shape:
    """Written with a typing error as often as not, so that only the label says what it is."""
    return shape("CREDIT_CARD", "4### #### #### ####|51##############", names)


LANGUAGES = {
    "German": Language(("{name}: {value}", "Seine {name} lautet {value}.", "{name} {value}", "Bitte prüfen: {name} = {value}"), (
        shape("PHONE", "0171 2######|030/12#####|0171-2######|+49 151 2#######", "Telefon|Tel.|Handy|Handynummer|Mobilnummer|Rufnummer|Festnetz|Durchwahl|erreichbar unter"),
        shape("DATE_OF_BIRTH", "1#.03.19##|1#. März 19##", "Geburtsdatum|geboren am|geb. am|geb.|Geburtstag"),
        shape("PASSPORT", "C01X0###7|C#######9", "Reisepass|Reisepassnummer|Passnummer|Pass-Nr.|Reisepass-Nr."),
        shape("IBAN", "DE####################|DE## #### #### #### #### ##", "IBAN|Kontonummer|Bankverbindung|Konto", world.iban),
        shape("BANK_ACCOUNT_NUMBER", "1#########", "Kontonummer|Konto-Nr."),
        shape("NATIONAL_ID", "## ### ### ###", "Steuer-ID|Steueridentifikationsnummer|Steuerliche Identifikationsnummer|Steuer-IdNr.", eu.de_tax_id),
        _card("Kreditkarte|Kartennummer|Kreditkartennummer|EC-Karte|Girokarte"),
    )),
    "Italian": Language(("{name}: {value}", "Il suo {name} è {value}.", "{name} n. {value}", "Verificare {name} {value}, grazie."), (
        shape("PHONE", "347 #######|333 ### ####|02 1######", "telefono|cellulare|numero di telefono|recapito telefonico|tel.|chiamami al|numero di cellulare|recapito|telefono fisso"),
        shape("DATE_OF_BIRTH", "1#/03/19##|1# marzo 19##", "data di nascita|nato il|nata il|nascita"),
        shape("PASSPORT", "YA#######|YB#######", "passaporto|numero di passaporto|passaporto n.|n. passaporto|numero passaporto"),
        shape("IBAN", "IT## @### #### #### #### #### ###", "IBAN|coordinate bancarie|codice IBAN|conto corrente", world.iban),
        shape("BANK_ACCOUNT_NUMBER", "1#########", "numero di conto|conto corrente|c/c"),
        shape("NATIONAL_ID", "RSSMR@85T10A562@|BNCGN@70A41F205@", "codice fiscale|C.F.|cod. fiscale|CF", eu.it_fiscal_code),
        _card("carta di credito|numero della carta|carta di debito|carta n.|bancomat|carta prepagata"),
    )),
    "Spanish": Language(("{name}: {value}", "Su {name} es {value}.", "{name} nº {value}", "Compruebe {name} {value}, por favor."), (
        shape("PHONE", "612 ### ###|6########|91 123 ## ##", "teléfono|móvil|número de teléfono|celular|tfno.|tlf|llámame al|teléfono de contacto|teléfono móvil"),
        shape("DATE_OF_BIRTH", "1#/03/19##|1# de marzo de 19##", "fecha de nacimiento|nacido el|nacida el|nacimiento|fecha nac."),
        shape("PASSPORT", "PA@######|AA@######", "pasaporte|número de pasaporte|pasaporte nº|n.º de pasaporte|pasaporte n.º"),
        shape("IBAN", "ES## #### #### #### #### ####|ES######################", "IBAN|cuenta bancaria|número de cuenta|código IBAN|cuenta corriente", world.iban),
        shape("BANK_ACCOUNT_NUMBER", "1#########", "número de cuenta|cuenta corriente"),
        shape("NATIONAL_ID", "########@", "DNI|NIF|documento nacional de identidad|DNI nº|número de DNI", eu.es_person),
                shape("NATIONAL_ID", "X#######@|Y#######@", "NIE|número de identidad de extranjero", eu.es_person),
        _card("tarjeta de crédito|número de tarjeta|tarjeta|tarjeta de débito|nº de tarjeta"),
    )),
    "Dutch": Language(("{name}: {value}", "Zijn {name} is {value}.", "{name} {value}", "Graag {name} {value} controleren."), (
        shape("PHONE", "06 1#######|06-1#######|020 123 ####", "telefoon|telefoonnummer|mobiel|mobiele nummer|mobiel nummer|tel.|bel me op|gsm|06-nummer"),
        shape("DATE_OF_BIRTH", "1#-03-19##|1# maart 19##", "geboortedatum|geboren op|geboren|geb. datum|geb."),
        shape("PASSPORT", "NX#@#@#@#|NP#######", "paspoort|paspoortnummer|paspoort nr.|nummer paspoort"),
        shape("IBAN", "NL##@@@@##########|NL## @@@@ #### #### ##", "IBAN|rekeningnummer|bankrekening|rekening|bankrekeningnummer", world.iban),
        shape("BANK_ACCOUNT_NUMBER", "1#########", "rekeningnummer|bankrekening"),
        shape("NATIONAL_ID", "#########|#### ## ###", "BSN|burgerservicenummer|sofinummer|BSN-nummer|burgerservicenr.", eu.nl_bsn),
        _card("creditcard|kaartnummer|creditcardnummer|betaalpas|pasnummer|bankpas|kredietkaart"),
    )),
    "French": Language(("{name} : {value}", "Son {name} est {value}.", "{name} n° {value}", "Merci de vérifier {name} {value}."), (
        shape("PHONE", "06 12 ## ## ##|0612######|01.23.##.##.##", "téléphone|tél.|portable|numéro de téléphone|téléphone portable|appelez-moi au|joignable au|ligne fixe"),
        shape("DATE_OF_BIRTH", "1#/03/19##|1# mars 19##|1er avril 19##", "date de naissance|né le|née le|né(e) le|naissance"),
        shape("PASSPORT", "##AB#####", "passeport|numéro de passeport|passeport n°|n° de passeport"),
        shape("IBAN", "FR## #### #### #### #### #### ###", "IBAN|compte bancaire|numéro de compte|coordonnées bancaires", world.iban),
        shape("BANK_ACCOUNT_NUMBER", "1#########", "numéro de compte|n° de compte"),
        shape("NATIONAL_ID", "1 84 12 76 ### ### ##", "numéro de sécurité sociale|NIR|n° de sécurité sociale|sécurité sociale|n° sécu", eu.fr_nir),
        _card("carte bancaire|numéro de carte|carte de crédit|carte bleue|n° de carte|CB|carte de paiement"),
    )),
    "Japanese": Language(("{name}：{value}", "{name}は{value}です。", "{name} {value}", "{name}（{value}）をご確認ください。"), (
        shape("PHONE", "090-####-####|03-1###-####|0901#######", "電話|電話番号|携帯|携帯電話|連絡先|携帯番号|お電話|TEL|ファックス"),
        shape("DATE_OF_BIRTH", "19##年3月1#日|19##/3/1#", "生年月日|誕生日|出生日"),
        shape("PASSPORT", "TK#######|MZ#######", "パスポート|パスポート番号|旅券番号|旅券"),
        shape("BANK_ACCOUNT_NUMBER", "1######", "口座番号|普通預金|口座|普通口座|銀行口座"),
        shape("NATIONAL_ID", "############|#### #### ####", "マイナンバー|個人番号", world.jp_my_number),
        _card("カード番号|クレジットカード|クレジットカード番号|クレカ|デビットカード"),
    )),
}  # fmt: skip


def language_documents(count: int, seed: int) -> list[Document]:
    """Returns `count` documents for each row of each language; the language is the group."""
    rng = random.Random(seed)
    return [
        _document(name, language, each, rng)
        for name, language in LANGUAGES.items()
        for each in language.shapes
        for _ in range(count)
    ]


def _document(group: str, language: Language, row: Shape, rng: random.Random) -> Document:
    value = drawn(row, rng, is_right=True)
    sentence = rng.choice(language.sentences).replace("{name}", rng.choice(row.names))
    start = sentence.index("{value}")
    return Document(sentence.replace("{value}", value), (Truth(start, start + len(value), row.type),), group)
