"""Payment cards, their security codes, bank accounts and transfers."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.recognizers.check_digits import luhn
from gateway.classify.recognizers.rule import Identifier, digits, labels, loose_digits
from gateway.classify.recognizers.world_numbers import IBAN_LENGTHS, iban, mx_clabe, us_routing

_ISSUERS = (
    # first prefix, last prefix, lengths, scheme
    ("4", "4", (13, 16, 18, 19), "Visa"),
    ("51", "55", (16,), "Mastercard"),
    ("2221", "2720", (16,), "Mastercard"),
    ("34", "34", (15,), "American Express"),
    ("37", "37", (15,), "American Express"),
    ("300", "305", (14, 16), "Diners Club"),
    ("3095", "3095", (14, 16), "Diners Club"),
    ("36", "36", (14, 16, 19), "Diners Club"),
    ("38", "39", (14, 16), "Diners Club"),
    ("6011", "6011", (16, 17, 18, 19), "Discover"),
    ("622126", "622925", (16, 17, 18, 19), "Discover"),
    ("644", "649", (16, 17, 18, 19), "Discover"),
    ("65", "65", (16, 17, 18, 19), "Discover, RuPay, Elo, Verve"),
    ("3528", "3589", (16, 17, 18, 19), "JCB"),
    ("2131", "2131", (15,), "JCB"),
    ("1800", "1800", (15,), "JCB"),
    ("50", "50", (12, 13, 14, 15, 16, 17, 18, 19), "Maestro, Elo, Verve"),
    ("56", "58", (12, 13, 14, 15, 16, 17, 18, 19), "Maestro"),
    ("6", "6", (12, 13, 14, 15, 16, 17, 18, 19), "Maestro, UnionPay, RuPay, Elo"),
    ("81", "82", (16,), "RuPay, UnionPay"),
    ("9792", "9792", (16,), "Troy"),
    ("2200", "2204", (16, 17, 18, 19), "Mir"),
    ("9860", "9860", (16,), "Humo"),
    ("8600", "8600", (16,), "Uzcard"),
    ("4026", "4026", (16,), "Visa Electron"),
    ("1", "1", (15,), "UATP"),
)
"""Issuer identification numbers by scheme: ISO/IEC 7812-1 and the schemes' own published ranges."""

_CARD_LABELS = labels(
    """credit card|debit card|card|card number|card no|cardnumber|cc|ccn|cc number|cc num|pan|visa|mastercard|master card|amex
    american express|maestro|discover card|diners|jcb|unionpay|rupay|payment method|payment card|kreditkarte|kreditkartennummer|karte
    kartennummer|ec karte|girokarte|debitkarte|carte bancaire|carte bleue|cb|carte de paiement|carte de débit|carte de crédit|numéro de carte|carte|tarjeta|tarjeta de crédito|tarjeta de débito|número de tarjeta|carta di credito
    numero carta|carta|carta di debito|carta prepagata|bancomat|creditcard|creditcardnummer|kredietkaart|betaalpas|bankpas|pasnummer|kaartnummer|cartão|cartão de crédito|karta|银行卡|卡号|信用卡|借记卡|银行卡号|カード番号|クレジットカード|クレカ|デビットカード|카드번호|карта|номер карты"""
)
_ACCOUNT_LABELS = labels(
    """account|account number|account no|acct|acct no|acct number|bank account|bank account number|checking account|savings account
    kontonummer|konto|bankkonto|numéro de compte|n° de compte|compte bancaire|número de cuenta|cuenta|cuenta bancaria|cuenta corriente|numero di conto|conto corrente|conto|c/c
    rekeningnummer|rekening|bankrekening|bankrekeningnummer|account iban|银行账号|银行账户|账号|帐号|口座番号|銀行口座|口座|普通預金|普通口座|계좌번호"""
)


def is_card(number: str) -> bool:
    """Whether a scheme gives out numbers that begin so and have this length, and the Luhn digit is right."""
    return is_issued(number) and len(set(number)) > 1 and luhn(number)


def is_issued(number: str) -> bool:
    """Whether a scheme gives out numbers that begin so and have this length."""
    return any(len(number) in lengths and first <= number[: len(first)] <= last for first, last, lengths, _ in _ISSUERS)


def is_self_evident_card(number: str) -> bool:
    """Whether a run of digits that Presidio leaves out is a card without anybody saying so."""
    is_usual = (
        (len(number) == 16 and "2221" <= number[:4] <= "2720")
        or (len(number) == 15 and number[:2] in {"34", "37"})
        or (len(number) == 14 and number[:2] in {"36", "38", "39", "30"})
    )
    return is_usual and is_card(number)


_GROUPED = rf"(?:{digits(4, 4, 4, 4, by=' -').replace('?', '')}(?:[ -]\d{{1,3}})?|\d{{4}}[ -]\d{{6}}[ -]\d{{4,5}}|\d{{4}}[ -]\d{{4}}[ -]\d{{4}})"

_IBAN_SHAPE = r"[A-Z]{2}\d{2}(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,3})?|(?i:[A-Z]{2}\d{2}[A-Z0-9]{11,30})"


def is_iban_like(number: str) -> bool:
    """Whether a country of the registry begins the number."""
    return number[:2] in IBAN_LENGTHS


PAYMENT = (
    Identifier("CREDIT_CARD", loose_digits(12, " -").replace("{11}", "{11,18}"), _CARD_LABELS, is_card, doubtful=450, source="ISO/IEC 7812-1"),
    Identifier("CREDIT_CARD", _GROUPED, (), is_card, alone=700, source="ISO/IEC 7812-1"),
    Identifier("CREDIT_CARD", r"\d{14,16}", (), is_self_evident_card, alone=500, source="ISO/IEC 7812-1"),
    Identifier("CARD_SECURITY_CODE", r"\d{3,4}", labels(
        """cvv|cvv2|cvc|cvc2|csc|cid code|card security code|security code|card verification code|card verification value|card code
        prüfnummer|kartenprüfnummer|cryptogramme|code de sécurité|cryptogramme visuel|código de seguridad|codice di sicurezza|beveiligingscode|安全码|セキュリティコード|セキュリティ番号"""
    ), source="PCI DSS v4, requirement 3.3"),
    Identifier("CARD_PIN", r"\d{4,6}", labels(
        "card pin|pin number|atm pin|debit pin|credit card pin|code pin|código pin|codice pin|geheimzahl|取款密码|暗証番号"
    ), labelled=700, source="PCI DSS v4, requirement 3.3"),
    Identifier("CARD_TRACK", r"%?[Bb]\d{12,19}\^[^\^\n]{2,26}\^\d{7}[^\n?]{0,40}\??", (), alone=950, signed=True, source="ISO/IEC 7813, track 1"),
    Identifier("CARD_TRACK", r";\d{12,19}=\d{7}\d{0,20}\??", (), alone=950, signed=True, source="ISO/IEC 7813, track 2"),
    Identifier("CARD_EXPIRY", r"(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4]\d", labels(
        "exp|expiry|expires|expiry date|expiration date|exp date|valid thru|valid until|good thru|gültig bis|expire fin|caduca|scadenza|vervaldatum|有効期限|有效期"
    ), labelled=600, source="PCI DSS v4, requirement 3.4"),
    Identifier("IBAN_CODE", _IBAN_SHAPE, (
        *_ACCOUNT_LABELS, *labels("iban|iban no|iban number|iban code|international bank account number|iban transfer|bank iban|bankverbindung")
    ), iban, alone=900, source="ISO 13616; SWIFT IBAN registry"),
    Identifier("BANK_ACCOUNT", r"\d(?:[ -]?\d){5,19}", _ACCOUNT_LABELS, written=r"(?!(?:19|20)\d\d[-/ ](?:19|20)?\d\d).*", source="45 CFR 164.514(b)(2)(i)(J)"),
    Identifier("US_BANK_ROUTING", r"\d{9}|\d{4}[ -]\d{4}[ -]\d", labels(
        "routing number|routing no|routing|aba|aba number|aba routing|rtn|routing transit number|wire routing|ach routing|bank routing"
    ), us_routing, source="ABA routing number policy"),
    Identifier("UK_SORT_CODE", r"\d{2}[ -]?\d{2}[ -]?\d{2}", labels("sort code|sortcode|sort-code"), source="Pay.UK EISCD"),
    Identifier("SWIFT_BIC", r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", labels(
        "swift|bic|swift code|bic code|swift bic|bic/swift|swift/bic|bank identifier code|code bic|código swift|codice bic"
    ), labelled=900, source="ISO 9362"),
    Identifier("MX_CLABE", r"\d{18}|\d{3} \d{3} \d{11} \d", labels("clabe|clabe interbancaria|cuenta clabe"), mx_clabe, source="Banco de México"),
)  # fmt: skip
