"""What we did not change we did not touch: same-protocol bytes arrive as they were sent."""

from __future__ import annotations

from tests.fakes.upstream import whole
from tests.integration.composition import ANTHROPIC, OPENAI, PUBLIC, Gateway

EMAIL = "dana.whitfield@example.com"
ODD = (
    b' {\t"zz_unknown":{"b":[1.50,-0e2,null,true],"a":"\\u00e9\\/\\ud83d\\ude00 \xe6\x97\xa5"} ,\r\n'
    b'  "messages" : [ {"content":"What is the capital of Peru? \\u0048i","role":"user","x":{} } ],'
    b'"temperature":0.70,"max_tokens":  100, "model":"%b" }\n\n'
)
CASES = [
    ("/v1/chat/completions", "gpt-5.5", OPENAI, "gpt-5.5"),
    ("/v1/messages", "claude-opus-4.8", ANTHROPIC, "claude-opus-4-8"),
    ("/v1/messages", "claude-fable-5", ANTHROPIC, "claude-fable-5"),
]


async def test_only_the_model_name_differs(gateway: Gateway) -> None:
    for path, asked, destination, sent in CASES:
        answer = await gateway.ask(path, ODD % asked.encode(), headers=PUBLIC)
        assert answer.status_code == 200, answer.text
        assert gateway.heard(destination)[-1] == ODD % sent.encode()
    assert gateway.heard_by == {OPENAI: 1, ANTHROPIC: 2}


async def test_only_the_masked_leaf_differs(gateway: Gateway) -> None:
    body = ODD.replace(b"What is the capital", b"Write to " + EMAIL.encode() + b" on the capital")
    for path, asked, destination, sent in CASES:
        answer = await gateway.ask(path, body % asked.encode())
        assert answer.status_code == 200, answer.text
        heard = gateway.heard(destination)[-1]
        before, _, after = (ODD % sent.encode()).partition(b'"What is the capital of Peru? \\u0048i"')
        assert heard.startswith(before)
        assert heard.endswith(after)
        leaf = heard[len(before) : len(heard) - len(after)]
        assert leaf.startswith(b'"Write to [[EMAIL_')
        assert leaf.endswith(b'on the capital of Peru? Hi"')
        assert EMAIL.encode() not in heard


async def test_end_to_end_headers_arrive_and_ours_do_not(gateway: Gateway) -> None:
    body = {"model": "claude-opus-4.8", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": "b-1,b-2", "x-gateway-conversation": "c-77"}
    assert (await gateway.ask("/v1/messages", body, headers=headers | PUBLIC)).status_code == 200
    (heard,) = gateway.upstreams[ANTHROPIC].heard
    assert heard.header("anthropic-version") == "2023-06-01"
    assert heard.header("anthropic-beta") == "b-1,b-2"
    assert heard.header("x-api-key") == f"key-of-{ANTHROPIC}"
    assert not [name for name, _ in heard.headers if name.startswith("x-gateway")]
    assert gateway.keys["employee"] not in str(heard.headers)


async def test_answer_without_placeholders_comes_back_byte_for_byte(gateway: Gateway) -> None:
    odd = b'{ "choices" :[{"index":0,"message":{"role":"assistant","content":"caf\\u00e9"}}],"z":1.50,\n"new":null}'
    gateway.upstreams[OPENAI].then(whole(odd))
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": f"Write to {EMAIL}"}]}
    answer = await gateway.ask("/v1/chat/completions", body)
    assert answer.content == odd
