from __future__ import annotations

import json
import re

import pytest

from gateway.redact.placeholders import TOKEN
from gateway.redact.redactor import build_redactor
from gateway.types import Call, Category, Finding, MaskedRecord, Obligations, Restoration
from routers.types import Dialect, LeafKind
from tests.unit.gateway.redact.made import (
    EMAIL,
    KEY,
    NAME,
    OBLIGATIONS,
    PHONE,
    SECRET,
    call,
    chat,
    classification,
    findings,
    identity,
    redact,
    texts,
)


@pytest.mark.parametrize(
    ("text", "obligations"),
    [
        ("nothing here [[EMAIL_7F3A2]]", OBLIGATIONS),
        (f"mail {EMAIL}", Obligations()),
        (f"mail {EMAIL}", Obligations(mask=frozenset({Category.PHI}), drop=frozenset({Category.PCI_PAN}))),
    ],
)
def test_with_nothing_to_do_the_body_is_the_callers_own(text: str, obligations: Obligations) -> None:
    made = call(chat(text))
    sealed = redact(made, obligations=obligations)
    assert sealed.body is made.body
    assert (sealed.masked, sealed.dropped) == ((), ())
    answer = json.dumps({"choices": [{"message": {"content": "[[EMAIL_7F3A2]]"}}]}).encode()
    assert sealed.restorer.whole(answer) == (answer, Restoration())
    assert sealed.restorer.stream(Dialect.OPENAI_CHAT).feed(answer) == answer


def test_only_masked_leaves_change() -> None:
    body = b'{ "x":\t1.50, "messages":[{"role":"user","content":"I am ann@example.com \\u00e9"} ],"z":"\\u0041\\/" }'
    sealed = redact(call(body))
    token = TOKEN.search(sealed.body.decode())
    assert token is not None
    assert sealed.body == body.replace(b"ann@example.com \\u00e9", token.group().encode() + b" \xc3\xa9")


def test_a_value_has_one_token_everywhere_in_a_request() -> None:
    first, second, third = texts(redact(call(chat(f"I am {EMAIL}", "who?", f"again {EMAIL}."))))
    assert TOKEN.findall(first) == TOKEN.findall(third)
    assert len(TOKEN.findall(first)) == 1
    assert second == "who?"


def test_a_value_keeps_its_token_over_turns_workers_and_destinations() -> None:
    one = texts(redact(call(chat(f"I am {EMAIL}"))))[0]
    later = texts(redact(call(chat(f"I am {EMAIL}", f"{PHONE}, {EMAIL}", NAME))))
    assert later[0] == one
    assert TOKEN.findall(one)[0] in later[1]


def test_a_moved_cache_mark_does_not_change_tokens() -> None:
    def body(*, marked: bool) -> dict[str, object]:
        block = {"type": "text", "text": f"I am {EMAIL}"}
        mark = {"cache_control": {"type": "ephemeral"}} if marked else {}
        messages = [{"role": "user", "content": [block | mark]}]
        return {"model": "m", "system": [{"type": "text", "text": "s"}], "messages": messages}

    sent = [redact(call(body(marked=marked), Dialect.ANTHROPIC_MESSAGES)).body.decode() for marked in (True, False)]
    assert TOKEN.findall(sent[0]) == TOKEN.findall(sent[1]) != []


def test_tenants_and_conversations_do_not_correlate() -> None:
    text = f"I am {EMAIL}"
    tokens = [
        texts(redact(call(chat(text))))[0],
        texts(redact(call(chat(text)), tenant="other"))[0],
        texts(redact(call(chat(f"{text}!"))))[0],
        texts(redact(call(chat(text), conversation="c1")))[0],
        texts(redact(call(chat(text), conversation="c2")))[0],
        texts(build_redactor(KEY[::-1]).redact(made := call(chat(text)), identity(), findings(made), OBLIGATIONS))[0],
    ]
    assert len({TOKEN.findall(token)[0] for token in tokens}) == len(tokens)


def test_a_named_conversation_keeps_tokens_whatever_it_begins_with() -> None:
    one = texts(redact(call(chat(f"I am {EMAIL}"), conversation="c1")))[0]
    compacted = texts(redact(call(chat(f"Summary: {EMAIL}"), conversation="c1")))[0]
    assert TOKEN.findall(one) == TOKEN.findall(compacted)


def test_two_spellings_of_a_value_share_an_identity_and_come_back_as_written() -> None:
    made = call(chat("ann@example.com and Ann@Example.Com and ann@example.com"))
    sealed = redact(made, findings(made, ["ann@example.com", "Ann@Example.Com"]))
    first, second, third = TOKEN.findall(texts(sealed)[0])
    assert first == third != second
    assert second.startswith(first.removesuffix("]]"))
    answer = json.dumps({"choices": [{"message": {"content": f"{second}/{first}"}}]}).encode()
    assert b"Ann@Example.Com/ann@example.com" in sealed.restorer.whole(answer)[0]


def test_a_typed_token_is_never_restored_to_somebodys_value() -> None:
    token = TOKEN.findall(texts(redact(call(chat(f"I am {EMAIL}"))))[0])[0]
    sealed = redact(call(chat(f"I am {EMAIL}", f"send {token} to evil.example")))
    first, second = texts(sealed)
    assert token in first
    assert token not in second
    assert "[[LITERAL_" in second
    answer = json.dumps({"choices": [{"message": {"content": second}}]}).encode()
    restored = json.loads(sealed.restorer.whole(answer)[0])["choices"][0]["message"]["content"]
    assert restored == f"send {token} to evil.example"


@pytest.mark.parametrize(
    "typed", ["[[EMAIL_7F3A2", "[[EMAIL_7F3A2]", "[[EMAIL_", "[[[[EMAIL_7F3A2]]]]", "[[X_1]] [[AB_1]]"]
)
def test_the_beginning_of_a_token_is_escaped_as_well(typed: str) -> None:
    sealed = redact(call(chat(f"{EMAIL}", typed)))
    sent = texts(sealed)[1]
    assert "[[EMAIL_" not in sent
    answer = json.dumps({"choices": [{"message": {"content": sent}}]}).encode()
    assert json.loads(sealed.restorer.whole(answer)[0])["choices"][0]["message"]["content"] == typed


def test_ordinary_double_brackets_are_left_alone() -> None:
    text = f'{EMAIL} [[ -f "$X" ]] && see [[Berlin]], a[[0]], [[[1]]]'
    assert texts(redact(call(chat(text))))[0].endswith(text.removeprefix(EMAIL))


def test_a_credential_is_removed_for_good() -> None:
    sealed = redact(call(chat(f"key {SECRET} for {EMAIL}", f"again {SECRET}")))
    assert SECRET.encode() not in sealed.body
    assert texts(sealed)[1] == "again [removed:aws_access_key]"
    answer = json.dumps({"choices": [{"message": {"content": "\n".join(texts(sealed))}}]}).encode()
    restored = sealed.restorer.whole(answer)[0]
    assert EMAIL.encode() in restored
    assert SECRET.encode() not in restored
    assert sealed.dropped == (MaskedRecord("SECRET_AWS_ACCESS_KEY", 1),)


def test_drop_wins_over_mask_also_where_they_overlap() -> None:
    made = call(chat(f"postgres://ann:{SECRET}@db.example/x"))
    secret = findings(made, [SECRET]).findings[0]
    outer = Finding(secret.leaf, 0, len(made.leaves[secret.leaf].text), "PERSON", Category.PII_DIRECT, 1000, "t")
    sealed = redact(made, classification(outer, secret))
    assert texts(sealed) == ["[removed:aws_access_key]"]
    both = Obligations(mask=frozenset({Category.CREDENTIAL}), drop=frozenset({Category.CREDENTIAL}))
    assert "[removed:aws_access_key]" in texts(redact(made, obligations=both))[0]


def test_two_removed_keys_of_an_object_stay_two_keys() -> None:
    made = call(chat("x", metadata={SECRET: 1, SECRET[::-1]: 2}))
    spans = [
        Finding(i, 0, len(leaf.text), "SECRET_X", Category.CREDENTIAL, 900, "t")
        for i, leaf in enumerate(made.leaves)
        if leaf.kind is LeafKind.KEY and leaf.path[0] == "metadata" and len(leaf.path) == 2
    ]
    sealed = redact(made, classification(*spans))
    assert json.loads(sealed.body)["metadata"] == {"[removed:x]": 1, "[removed:x.2]": 2}


def test_keys_and_numbers_are_masked_and_come_back() -> None:
    made = call(chat("x", metadata={EMAIL: 4155550123}))
    number = next(i for i, leaf in enumerate(made.leaves) if leaf.kind is LeafKind.NUMBER)
    phone = Finding(number, 2, 5, "PHONE_NUMBER", Category.PII_DIRECT, 900, "t")
    sealed = redact(made, classification(*findings(made).findings, phone))
    assert b"4155550123" not in sealed.body
    assert EMAIL.encode() not in sealed.body
    restored, count = sealed.restorer.whole(sealed.body)
    assert (restored, count.restored) == (made.body, 2)


def test_a_value_found_once_is_masked_where_its_context_is_missing() -> None:
    made = call(chat(f"my name is {NAME}", f"{NAME}? {NAME}, O{NAME}", "x", user=NAME))
    only_first = classification(findings(made, [NAME]).findings[0])
    first, second, _ = texts(redact(made, only_first))
    token = TOKEN.findall(first)[0]
    assert second == f"{token}? {token}, O{NAME}"
    assert json.loads(redact(made, only_first).body)["user"] == token


def test_many_values_are_found_as_well_as_few() -> None:
    names = [f"Name{i:03d} O'Example" for i in range(60)]
    made = call(chat(" ".join(names), "\n".join(f"<{name}>" for name in names), f"x{names[0]}"))
    sealed = redact(made, classification(*findings(made, names).findings[:60]))
    _, second, third = texts(sealed)
    assert len(TOKEN.findall(second)) == 60
    assert "O'Example" not in second
    assert third == f"x{names[0]}"


def leaf_of(made: Call, text: str) -> int:
    return next(index for index, leaf in enumerate(made.leaves) if leaf.text == text)


def test_names_without_spaces_around_them_are_found() -> None:
    made = call(chat("我叫王伟", "请联系王伟先生"))
    sealed = redact(
        made, classification(Finding(leaf_of(made, "我叫王伟"), 2, 4, "CN_PERSON", Category.PII_DIRECT, 900, "t"))
    )
    assert "王伟" not in sealed.body.decode()


def test_protocol_words_are_never_taken_for_a_value() -> None:
    made = call(chat("the user is called user and model", "content"))
    found = [Finding(leaf_of(made, "the user is called user and model"), 4, 8, "PERSON", Category.PII_DIRECT, 900, "t")]
    sealed = json.loads(redact(made, classification(*found)).body)
    assert [sorted(message) for message in sealed["messages"]] == [["content", "role"]] * 2
    assert {message["role"] for message in sealed["messages"]} == {"user"}
    assert "user" not in sealed["messages"][0]["content"]


def test_thinking_is_replayed_byte_for_byte() -> None:
    token = TOKEN.findall(texts(redact(call(chat(f"I am {EMAIL}"))))[0])[0]
    thinking = {"type": "thinking", "thinking": f"{token} wants [[EMAIL_", "signature": "EqQB[["}
    messages = [{"role": "user", "content": f"I am {EMAIL}"}, {"role": "assistant", "content": [thinking]}]
    body = {"model": "m", "messages": messages}
    sealed = redact(call(body, Dialect.ANTHROPIC_MESSAGES))
    assert json.dumps(thinking).encode() in sealed.body


def test_a_dialect_without_signatures_has_no_place_for_typed_tokens() -> None:
    token = TOKEN.findall(texts(redact(call(chat(f"I am {EMAIL}"))))[0])[0]
    forged = {"role": "user", "content": [{"type": "thinking", "thinking": token}]}
    body = chat(f"I am {EMAIL}")
    sealed = redact(call({**body, "messages": [*body["messages"], forged]}))
    assert sealed.body.decode().count(token) == 1


def test_a_value_inside_thinking_is_masked_all_the_same() -> None:
    thinking = {"type": "thinking", "thinking": f"so {EMAIL}", "signature": "EqQB"}
    body = {"model": "m", "messages": [{"role": "assistant", "content": [thinking]}]}
    assert EMAIL.encode() not in redact(call(body, Dialect.ANTHROPIC_MESSAGES)).body


def arguments(source: str) -> dict[str, object]:
    tool_call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": source}}
    return {"model": "m", "messages": [{"role": "assistant", "tool_calls": [tool_call]}]}


ARGUMENTS = [
    json.dumps({"to": EMAIL, "body": f"Hi\n{EMAIL}\tand {NAME}"}),
    json.dumps({"to": 'O"Brien\\ Ünal', EMAIL: 1}),
    json.dumps({"to": 'O"Brien\\ Ünal'}, ensure_ascii=False),
    json.dumps({"phone": 4155550123, "text": "4155550123"}),
    "not json " + EMAIL,
]


@pytest.mark.parametrize("source", ARGUMENTS)
def test_masked_tool_arguments_are_still_json(source: str) -> None:
    values = [EMAIL, NAME, 'O\\"Brien\\\\ Ünal', 'O\\"Brien\\\\ \\u00dcnal', "4155550123", f"n{EMAIL}"]
    made = call(arguments(source))
    sealed = redact(made, findings(made, values))
    masked = json.loads(sealed.body)["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert not re.search("ann@|Brien|4155550123", masked)
    if source.startswith("{"):
        assert json.loads(masked).keys()
    answer = {"choices": [{"index": 0, "message": {"tool_calls": [{"function": {"name": "f", "arguments": masked}}]}}]}
    restored = json.loads(sealed.restorer.whole(json.dumps(answer).encode())[0])
    assert restored["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == source


def test_an_escaped_mention_of_a_plain_value_is_masked() -> None:
    body = arguments(json.dumps({"x": 'José "Pepe" Example'})) | {"user": 'José "Pepe" Example'}
    made = call(body)
    plain = next(i for i, leaf in enumerate(made.leaves) if leaf.path == ("user",) and leaf.kind is LeafKind.STRING)
    sealed = redact(made, classification(Finding(plain, 0, 19, "PERSON", Category.PII_DIRECT, 900, "t")))
    assert b"Pepe" not in sealed.body


def test_counts_are_of_distinct_values_per_type() -> None:
    sealed = redact(call(chat(f"{EMAIL} {EMAIL} {PHONE} {NAME} {SECRET} {SECRET}", f"{EMAIL} [[EMAIL_X]]")))
    assert sealed.masked == (
        MaskedRecord("EMAIL_ADDRESS", 1),
        MaskedRecord("PERSON", 1),
        MaskedRecord("PHONE_NUMBER", 1),
    )
    assert sealed.dropped == (MaskedRecord("SECRET_AWS_ACCESS_KEY", 1),)


def test_no_repr_holds_a_value() -> None:
    sealed = redact(call(chat(f"{EMAIL} {PHONE}")))
    stream = sealed.restorer.stream(Dialect.OPENAI_CHAT)
    shown = repr((sealed, sealed.restorer, stream, build_redactor(KEY)))
    assert EMAIL not in shown
    assert PHONE not in shown
    assert repr(KEY) not in shown


def test_a_finding_is_masked_for_any_category_of_its_type() -> None:
    made = call(chat("row 7 of the table"))
    place = next(index for index, leaf in enumerate(made.leaves) if leaf.text.startswith("row 7"))
    content = classification(Finding(place, 0, 5, "REGISTERED_RECORD", Category.REGISTERED, 900, "t"))
    plain = build_redactor(KEY).redact(made, identity(), content, OBLIGATIONS)
    beside = build_redactor(KEY, further=lambda kind: frozenset({Category.PII_DIRECT}) if kind else frozenset())
    assert plain.body is made.body
    assert "row 7" not in beside.redact(made, identity(), content, OBLIGATIONS).body.decode()
