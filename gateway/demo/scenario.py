"""The traffic of `gateway demo`, as a table: about thirty requests of one company on one morning."""

from __future__ import annotations

from gateway.demo import samples as s
from gateway.demo.cases import (
    ANTHROPIC,
    INHOUSE,
    MINIMAX,
    OPENAI,
    Ask,
    Case,
    Expect,
    Revocation,
    Sdk,
    Tool,
    Who,
)

ASSISTANT = Who("assistant", "assistant", "employee", "restricted", "general")
IDE = Who("ide", "ide-plugin", "employee", "restricted", "engineering")
SUPPORT = Who("support", "support-desk", "service", "restricted", "support")
CAMPAIGN = Who("campaign", "campaigns", "contractor", "internal", "marketing")
FORMER = Who("former", "assistant", "employee", "restricted", "general", days=-1)
AUDITOR = Who("auditor", "audit", "employee", "internal", "audit", role="auditor")
EVERYBODY = (ASSISTANT, IDE, SUPPORT, CAMPAIGN, FORMER, AUDITOR)

REVOKED_MODEL = "claude-fable-5"

MAIL = Tool("send_mail", "Sends one e-mail.", {"to": "e-mail address of the recipient", "subject": "one line"})
TICKET = f"Customer {s.EMAIL}, phone {s.PHONE}, waits for a refund. Draft a reply."
CONTACT = frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER"})
MAIL_ONLY = frozenset({"EMAIL_ADDRESS"})
INTERNAL = "Draft the agenda of Thursday's team meeting: budget, hiring, the office move."
CARD_PAYMENT = f"Check this payment: card number {s.CARD}, amount 40 euros."


def _only_inhouse(*rules: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys((ANTHROPIC, OPENAI, MINIMAX), frozenset(rules))


_PUBLIC = (
    Case(
        "public question, cheapest model",
        Ask(ASSISTANT, Sdk.OPENAI, "cheap", "What is the capital of Peru?", declared="public"),
        Expect(MINIMAX, level="public"),
    ),
    Case(
        "public question, streamed",
        Ask(ASSISTANT, Sdk.OPENAI, "gpt-5.5", "How do tides work?", streamed=True, declared="public"),
        Expect(OPENAI, level="public"),
    ),
    Case(
        "internal question",
        Ask(ASSISTANT, Sdk.ANTHROPIC, REVOKED_MODEL, INTERNAL, streamed=True),
        Expect(ANTHROPIC, level="internal", refused={MINIMAX: frozenset({"CN-NIL-7", "KEEP-1"})}),
    ),
    Case(
        "internal question, cheapest model",
        Ask(ASSISTANT, Sdk.OPENAI, "cheap", INTERNAL),
        Expect(INHOUSE, level="internal", refused={MINIMAX: frozenset({"CN-NIL-7"})}),
    ),
)
_CODE = (
    Case(
        "own code in a fence, cheapest model",
        Ask(IDE, Sdk.OPENAI, "cheap", s.CODE, streamed=True),
        Expect(
            INHOUSE,
            level="confidential",
            found=frozenset({"SOURCE_CODE"}),
            refused={MINIMAX: frozenset({"CN-NIL-7", "SRC-1"})},
        ),
    ),
    Case(
        "own code as a diff",
        Ask(IDE, Sdk.ANTHROPIC, REVOKED_MODEL, s.DIFF),
        Expect(
            ANTHROPIC,
            level="confidential",
            found=frozenset({"SOURCE_CODE"}),
            refused={MINIMAX: frozenset({"CN-NIL-7", "SRC-1"})},
        ),
    ),
    Case(
        "AWS key in a question",
        Ask(IDE, Sdk.OPENAI, "gpt-5.5", f"Why is access denied for aws_access_key_id={s.AWS_KEY_ID}?"),
        Expect(
            INHOUSE,
            level="restricted",
            found=frozenset({"SECRET_AWS_ACCESS_KEY"}),
            dropped=frozenset({"SECRET_AWS_ACCESS_KEY"}),
            refused=_only_inhouse("SEC-1"),
            absent=(s.AWS_KEY_ID,),
        ),
        secrets=(s.AWS_KEY_ID,),
    ),
)
_PEOPLE = (
    Case(
        "e-mail and phone",
        Ask(SUPPORT, Sdk.OPENAI, "gpt-5.5", TICKET),
        Expect(OPENAI, level="confidential", found=CONTACT, masked=CONTACT, restored=(s.EMAIL, s.PHONE)),
        secrets=(s.EMAIL, s.PHONE),
    ),
    Case(
        "e-mail and phone, streamed",
        Ask(SUPPORT, Sdk.ANTHROPIC, REVOKED_MODEL, TICKET, streamed=True),
        Expect(ANTHROPIC, level="confidential", found=CONTACT, masked=CONTACT, restored=(s.EMAIL, s.PHONE)),
        secrets=(s.EMAIL, s.PHONE),
    ),
    Case(
        "e-mail and phone, other dialect, streamed",
        Ask(SUPPORT, Sdk.OPENAI, "claude-opus-4.8", TICKET, streamed=True),
        Expect(ANTHROPIC, level="confidential", found=CONTACT, masked=CONTACT, restored=(s.EMAIL, s.PHONE)),
        secrets=(s.EMAIL, s.PHONE),
    ),
    Case(
        "clinical note",
        Ask(ASSISTANT, Sdk.OPENAI, "auto", s.CLINICAL_NOTE),
        Expect(
            INHOUSE,
            level="restricted",
            found=frozenset({"MEDICAL_RECORD_NUMBER", "HEALTH_RECORD", "PERSON"}),
            refused=_only_inhouse("PHI-1"),
            restored=(s.RECORD_NUMBER,),
        ),
        secrets=(s.RECORD_NUMBER, s.PATIENT),
    ),
    Case(
        "clinical note, key cleared for less",
        Ask(CAMPAIGN, Sdk.OPENAI, "auto", s.CLINICAL_NOTE),
        Expect("", 403, "policy_denied", refused={INHOUSE: frozenset({"CLEAR-1"})}),
        secrets=(s.RECORD_NUMBER, s.PATIENT),
    ),
    Case(
        "card number",
        Ask(SUPPORT, Sdk.ANTHROPIC, REVOKED_MODEL, CARD_PAYMENT),
        Expect(
            ANTHROPIC,
            level="restricted",
            found=frozenset({"CREDIT_CARD"}),
            masked=frozenset({"CREDIT_CARD"}),
            refused={OPENAI: frozenset({"LEVEL-1"}), MINIMAX: frozenset({"PCI-1", "CN-NIL-7"})},
            restored=(s.CARD,),
        ),
        secrets=(s.CARD,),
    ),
    Case(
        "card number with its security code",
        Ask(SUPPORT, Sdk.ANTHROPIC, REVOKED_MODEL, f"{CARD_PAYMENT} CVV: {s.SECURITY_CODE}"),
        Expect(
            "",
            403,
            "policy_denied",
            found=frozenset({"CREDIT_CARD", "CARD_SECURITY_CODE"}),
            refused=dict.fromkeys((ANTHROPIC, OPENAI, MINIMAX, INHOUSE), frozenset({"PCI-2"})),
        ),
        secrets=(s.CARD,),
    ),
    Case(
        "Chinese personal data, vendor's model",
        Ask(ASSISTANT, Sdk.OPENAI, "minimax-m3", s.CHINESE_RECORD, streamed=True),
        Expect(
            INHOUSE,
            level="restricted",
            found=frozenset({"CN_RESIDENT_ID", "CN_MOBILE", "CN_PERSON"}),
            refused={MINIMAX: frozenset({"PIPL-1", "CN-NIL-7"})},
            restored=(s.CN_RESIDENT_ID,),
        ),
        secrets=(s.CN_RESIDENT_ID, s.CN_MOBILE, s.CN_NAME),
    ),
)
_SECRETS_AND_IMAGES = (
    Case(
        "roadmap in the system prompt",
        Ask(ASSISTANT, Sdk.ANTHROPIC, REVOKED_MODEL, "Is the Falcon quiet?", system=s.ROADMAP),
        Expect(INHOUSE, level="restricted", found=frozenset({"ROADMAP"}), refused=_only_inhouse("TRADE-1")),
        secrets=("Falcon chip",),
    ),
    Case(
        "image",
        Ask(ASSISTANT, Sdk.ANTHROPIC, REVOKED_MODEL, "What does this chart say?", image=s.tiny_png()),
        # Nobody outside may have it, and the model in house reads text only.
        Expect(
            "",
            403,
            "policy_denied",
            level="restricted",
            found=frozenset({"IMAGE"}),
            refused=_only_inhouse("OPAQUE-1") | {INHOUSE: frozenset({"CAP-1"})},
        ),
    ),
)
_AGENTS = (
    Case(
        "tool call, streamed",
        Ask(
            SUPPORT,
            Sdk.OPENAI,
            "gpt-5.5",
            f"Tell {s.EMAIL} that the refund is on its way.",
            streamed=True,
            tools=(MAIL,),
        ),
        Expect(OPENAI, level="confidential", found=MAIL_ONLY, masked=MAIL_ONLY, in_arguments=(s.EMAIL,)),
        secrets=(s.EMAIL,),
    ),
    Case(
        "tool result, history sent again",
        Ask(
            SUPPORT,
            Sdk.OPENAI,
            "gpt-5.5",
            tools=(MAIL,),
            tool_result=f"queued for {s.EMAIL}",
            follows="tool call, streamed",
        ),
        Expect(
            OPENAI, level="confidential", found=MAIL_ONLY, masked=MAIL_ONLY, restored=(s.EMAIL,), same_placeholders=True
        ),
        secrets=(s.EMAIL,),
    ),
    Case(
        "tool call with thinking, streamed",
        Ask(
            SUPPORT,
            Sdk.ANTHROPIC,
            "claude-opus-4.8",
            f"Write to {s.EMAIL}: the refund is on its way.",
            streamed=True,
            tools=(MAIL,),
            thinking=True,
        ),
        Expect(
            ANTHROPIC, level="confidential", found=MAIL_ONLY, masked=MAIL_ONLY, in_arguments=(s.EMAIL,), thinks=True
        ),
        secrets=(s.EMAIL,),
    ),
    Case(
        "signed thinking sent again",
        Ask(
            SUPPORT,
            Sdk.ANTHROPIC,
            "claude-opus-4.8",
            tools=(MAIL,),
            tool_result=f"queued for {s.EMAIL}",
            thinking=True,
            follows="tool call with thinking, streamed",
        ),
        Expect(
            ANTHROPIC,
            level="confidential",
            found=MAIL_ONLY,
            masked=MAIL_ONLY,
            restored=(s.EMAIL,),
            same_placeholders=True,
            thinks=True,
        ),
        secrets=(s.EMAIL,),
    ),
    Case(
        "tool call, other dialect",
        Ask(SUPPORT, Sdk.ANTHROPIC, "gpt-5.5", f"Tell {s.EMAIL} that the parcel is lost.", tools=(MAIL,)),
        Expect(OPENAI, level="confidential", found=MAIL_ONLY, masked=MAIL_ONLY, in_arguments=(s.EMAIL,)),
        secrets=(s.EMAIL,),
    ),
    Case(
        "tool call in house, with thinking",
        Ask(
            SUPPORT,
            Sdk.ANTHROPIC,
            "minimax-m3",
            f"Tell {s.EMAIL} that the invoice is ready.",
            streamed=True,
            tools=(MAIL,),
            thinking=True,
        ),
        Expect(
            INHOUSE,
            level="confidential",
            found=MAIL_ONLY,
            refused={MINIMAX: frozenset({"LEVEL-1"})},
            in_arguments=(s.EMAIL,),
            thinks=True,
        ),
        secrets=(s.EMAIL,),
    ),
    Case(
        "tool result in house",
        Ask(
            SUPPORT,
            Sdk.ANTHROPIC,
            "minimax-m3",
            tools=(MAIL,),
            tool_result=f"queued for {s.EMAIL}",
            follows="tool call in house, with thinking",
        ),
        Expect(INHOUSE, level="confidential", found=MAIL_ONLY, restored=(s.EMAIL,)),
        secrets=(s.EMAIL,),
    ),
    Case(
        "somebody else's placeholder, typed",
        Ask(
            ASSISTANT,
            Sdk.OPENAI,
            "gpt-5.5",
            f"Please send {{borrowed}} to {s.OTHER_EMAIL}.",
            borrows="e-mail and phone",
        ),
        Expect(
            OPENAI,
            level="confidential",
            found=MAIL_ONLY,
            masked=MAIL_ONLY,
            restored=("{borrowed}", s.OTHER_EMAIL),
            absent=(s.EMAIL, s.PHONE),
        ),
        secrets=(s.OTHER_EMAIL, s.EMAIL),
    ),
)
_REFUSED_EARLY = (
    Case(
        "unknown model",
        Ask(ASSISTANT, Sdk.OPENAI, "gpt-9", INTERNAL),
        Expect("", 404, "model_not_found"),
    ),
    Case(
        "expired key",
        Ask(FORMER, Sdk.ANTHROPIC, "claude-opus-4.8", INTERNAL),
        Expect("", 401, "api_key_expired"),
    ),
)
_AFTER_THE_REVOCATION = (
    Case(
        "card number, model withdrawn under it",
        Ask(SUPPORT, Sdk.ANTHROPIC, REVOKED_MODEL, CARD_PAYMENT, streamed=True),
        Expect(
            INHOUSE,
            level="restricted",
            found=frozenset({"CREDIT_CARD"}),
            refused={OPENAI: frozenset({"LEVEL-1"})},
            restored=(s.CARD,),
            failed_over_from=(ANTHROPIC,),
        ),
        secrets=(s.CARD,),
    ),
    Case(
        "internal question, model set aside",
        Ask(ASSISTANT, Sdk.ANTHROPIC, REVOKED_MODEL, INTERNAL),
        Expect(OPENAI, level="internal", refused={ANTHROPIC: frozenset({"ACCESS-1"})}),
    ),
    Case(
        "e-mail and phone, model set aside, streamed",
        Ask(SUPPORT, Sdk.ANTHROPIC, REVOKED_MODEL, TICKET, streamed=True),
        Expect(
            OPENAI,
            level="confidential",
            found=CONTACT,
            masked=CONTACT,
            refused={ANTHROPIC: frozenset({"ACCESS-1"})},
            restored=(s.EMAIL, s.PHONE),
        ),
        secrets=(s.EMAIL, s.PHONE),
    ),
    Case(
        "the vendor's other model still answers",
        Ask(SUPPORT, Sdk.ANTHROPIC, "claude-opus-4.8", f"Thank {s.OTHER_EMAIL} for the patience."),
        Expect(ANTHROPIC, level="confidential", found=MAIL_ONLY, masked=MAIL_ONLY, restored=(s.OTHER_EMAIL,)),
        secrets=(s.OTHER_EMAIL,),
    ),
)

SCENARIO: tuple[Case | Revocation, ...] = (
    *_PUBLIC,
    *_CODE,
    *_PEOPLE,
    *_SECRETS_AND_IMAGES,
    *_AGENTS,
    *_REFUSED_EARLY,
    Revocation(ANTHROPIC, REVOKED_MODEL),
    *_AFTER_THE_REVOCATION,
)
