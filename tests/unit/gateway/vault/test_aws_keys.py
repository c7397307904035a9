"""Data keys wrapped by a key service: real HTTP, a real client, and a service that keeps its keys to itself."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.errors import StartupError, StateUnreadable, VaultUnavailable
from gateway.vault.aws_keys import AwsKeys, aws_keys
from gateway.vault.envelope import Place
from gateway.vault.keys import LocalKeys, Wrapped
from gateway.vault.safe import Safe
from gateway.vault.store import VaultFile
from tests.unit.gateway.vault.bench import DAY_MS, INDEX, NOW_MS, TENANT, WRAPPING, memory

ARN = "arn:aws:kms:eu-central-1:111122223333:key/0000-example"
PLACE = Place(TENANT, b"c", b"key", 1)
LOCAL = LocalKeys(WRAPPING, [], os.urandom)


class Service(ThreadingHTTPServer):
    """Speaks as KMS does: a blob stands for a key, a context and a plain text that never leave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: dict[str, tuple[str, object, str]] = {}
        self.asked: list[str] = []
        self.failing = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, action: str, asked: dict[str, object]) -> tuple[int, dict[str, object]]:
        self.asked.append(action)
        if self.failing:
            return 400, {"__type": self.failing, "message": "no"}
        if action == "Encrypt":
            blob = base64.b64encode(os.urandom(24)).decode()
            self.kept[blob] = (str(asked["KeyId"]), asked["EncryptionContext"], str(asked["Plaintext"]))
            return 200, {"KeyId": asked["KeyId"], "CiphertextBlob": blob}
        key, context, plain = self.kept.get(str(asked["CiphertextBlob"]), ("", None, ""))
        if (key, context) != (asked["KeyId"], asked["EncryptionContext"]):
            return 400, {"__type": "InvalidCiphertextException"}
        return 200, {"KeyId": key, "Plaintext": plain}


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, said = self.server.answer(self.headers["x-amz-target"].removeprefix("TrentService."), asked)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(name="running", scope="module")
def _running() -> Iterator[Service]:
    with pytest.MonkeyPatch.context() as patched, Service() as found:
        patched.setenv("AWS_ACCESS_KEY_ID", "an-example")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "an-example")
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture(name="service")
def _service(running: Service) -> Service:
    """One that works and was asked nothing yet."""
    running.failing = ""
    running.asked.clear()
    return running


@pytest.fixture(name="keys", scope="module")
def _keys(running: Service) -> AwsKeys:
    """A client takes a second to make."""
    return aws_keys(ARN, running.url, LOCAL)


def test_a_data_key_is_wrapped_by_the_service_for_its_place_alone(service: Service, keys: AwsKeys) -> None:
    wrapped = keys.wrap(b"k" * 32, PLACE)
    assert wrapped.key_id == keys.current == f"aws:{ARN}"
    assert b"k" * 32 not in wrapped.sealed
    assert keys.unwrap(wrapped, PLACE) == b"k" * 32
    assert service.asked == ["Encrypt", "Decrypt"]
    with pytest.raises(StateUnreadable):
        keys.unwrap(wrapped, Place(TENANT, b"c", b"key", 2))
    with pytest.raises(StateUnreadable):
        keys.unwrap(Wrapped(wrapped.key_id, b"another"), PLACE)


@pytest.mark.parametrize("failing", ["ThrottlingException", "KMSInternalException", "AccessDeniedException"])
def test_a_service_that_fails_is_no_reason_to_take_state_for_changed(
    service: Service, keys: AwsKeys, failing: str
) -> None:
    wrapped = keys.wrap(b"k" * 32, PLACE)
    service.failing = failing
    with pytest.raises(VaultUnavailable, match=failing):
        keys.unwrap(wrapped, PLACE)
    with pytest.raises(VaultUnavailable, match=failing):
        keys.wrap(b"k" * 32, PLACE)


def test_a_service_that_is_not_there_is_unavailable(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VaultUnavailable):
        aws_keys(ARN, "http://127.0.0.1:1", LOCAL).wrap(b"k" * 32, PLACE)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(VaultUnavailable, match="NoCredentials"):
        aws_keys(ARN, service.url, LOCAL).wrap(b"k" * 32, PLACE)


def test_a_vault_moves_from_the_master_to_the_service(tmp_path: Path, service: Service, keys: AwsKeys) -> None:
    store = VaultFile(tmp_path)
    by_master = Safe(store, LOCAL, INDEX, ttl_ms=DAY_MS, random_bytes=os.urandom)
    by_master.keep(TENANT, ["resp_1"], memory("ann@example.com"), NOW_MS)
    by_service = Safe(store, keys, INDEX, ttl_ms=DAY_MS, random_bytes=os.urandom)
    assert (by_service.rewrap(), by_service.rewrap()) == (1, 0)
    assert by_service.recall(TENANT, ["resp_1"], NOW_MS) is not None
    with pytest.raises(StateUnreadable):
        by_master.recall(TENANT, ["resp_1"], NOW_MS)
    store.close()


@pytest.mark.parametrize("arn", ["key/0000", "arn:aws:s3:eu-central-1:1:key/x", "arn:aws:kms::1:key/x"])
def test_what_is_no_arn_of_a_key_keeps_the_gateway_from_starting(arn: str) -> None:
    with pytest.raises(StartupError, match="ARN"):
        aws_keys(arn, "", LOCAL)
