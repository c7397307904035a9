"""The profile is checked as it is: in a namespace without a way out it holds, and each open way is found."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from selfhost.attest.checks import (
    Check,
    Finding,
    Place,
    check_checkpoint,
    check_docs_closed,
    check_environment,
    check_flags,
    check_kernels,
    check_listeners,
    check_no_connection,
    check_no_dumps,
    check_no_lookup,
    check_no_swap,
    command_of,
    environment_of,
)
from selfhost.attest.envelope import read_envelope
from selfhost.attest.keys import key_id, make_key, read_private_key, read_public_key
from selfhost.attest.profile import ENVIRONMENT, FLAGS, compose, network_policy
from selfhost.attest.report import PREDICATE, verdict
from tests.unit.selfhost.attest.made import signed

CLOSED = {**ENVIRONMENT, "PATH": os.environ["PATH"]}


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    make_key(private, public)
    return private, public


def doctor(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a network namespace of its own, with nothing but loopback, and that down."""
    command = ["unshare", "-rn", sys.executable, "-m", "selfhost", "attest", "doctor", "--json", *arguments]
    return subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=60, check=False)


def test_a_closed_house_is_proved_and_the_report_is_signed(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    model = signed(tmp_path / "model", read_private_key(private))
    report = tmp_path / "report.json"
    ended = doctor(
        CLOSED, "--checkpoint", str(model), "--trust", str(public),
        "--destination", "inhouse-m3", "--report", str(report), "--key", str(private),
    )  # fmt: skip
    found = {check["name"]: check["finding"] for check in json.loads(ended.stdout)["checks"]}
    proved = ("environment", "dns_closed", "egress_closed", "loopback_only", "checkpoint")
    assert [found[name] for name in proved] == ["holds"] * len(proved)
    envelope = read_envelope(report)
    assert envelope.signed_by([read_public_key(public)]) == (key_id(read_public_key(public)),)
    assert envelope.statement(PREDICATE).predicate["destination"] == "inhouse-m3"
    assert envelope.statement(PREDICATE).predicate["ok"] is json.loads(ended.stdout)["ok"]


def test_it_checks_again_until_it_is_ended(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    report = tmp_path / "report.json"
    command = [
        "unshare", "-rn", sys.executable, "-m", "selfhost", "attest", "doctor", "--every", "0.1",
        "--destination", "inhouse-m3", "--report", str(report), "--key", str(keys[0]),
    ]  # fmt: skip
    times: set[object] = set()
    with subprocess.Popen(command, env=CLOSED, stdout=subprocess.DEVNULL) as process:
        while len(times) < 3:
            assert process.poll() is None
            if report.exists():
                times.add(read_envelope(report).statement(PREDICATE).predicate["at_ms"])
            time.sleep(0.02)
        process.terminate()
    assert process.returncode == -signal.SIGTERM


def test_an_open_setting_or_what_was_not_checked_is_not_a_proof() -> None:
    assert doctor({**CLOSED, "HF_HUB_OFFLINE": "0"}).returncode == 1
    assert doctor({**CLOSED, "https_proxy": "http://127.0.0.1:9"}).returncode == 1
    assert doctor(CLOSED, "--strict").returncode == 1


def test_a_report_needs_a_key_and_a_destination(tmp_path: Path) -> None:
    assert doctor(CLOSED, "--report", str(tmp_path / "report.json")).returncode == 2
    assert not (tmp_path / "report.json").exists()


ENVIRONMENTS = {
    "as the profile": ({}, Finding.HOLDS, ""),
    "usage statistics": ({"VLLM_NO_USAGE_STATS": "0"}, Finding.BROKEN, "VLLM_NO_USAGE_STATS"),
    "every plug-in": ({"VLLM_PLUGINS": ""}, Finding.BROKEN, "VLLM_PLUGINS"),
    "exporter": ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x"}, Finding.BROKEN, "OTEL_EXPORTER_OTLP_ENDPOINT"),
    "credential": ({"AWS_SECRET_ACCESS_KEY": "synthetic"}, Finding.BROKEN, "AWS_SECRET_ACCESS_KEY"),
    "hub token": ({"HF_TOKEN": "synthetic"}, Finding.BROKEN, "HF_TOKEN"),
    "proxy": ({"http_proxy": "x"}, Finding.BROKEN, "http_proxy"),
}


@pytest.mark.parametrize(("change", "finding", "detail"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_environment_is_that_of_the_profile(change: dict[str, str], finding: Finding, detail: str) -> None:
    assert check_environment({**ENVIRONMENT, **change}) == Check("environment", finding, detail)


VLLM = ["/usr/bin/python3", "/usr/bin/vllm", "serve", "/srv/m3", *FLAGS]
COMMANDS = {
    "as the profile": (VLLM, Finding.HOLDS, ""),
    "values behind =": (
        [*VLLM[:4], "--load-format=safetensors", *FLAGS[2:-2], "--allowed-media-domains=media.invalid"],
        Finding.HOLDS,
        "",
    ),
    "as a module": (["python3", "-m", "vllm.entrypoints.openai.api_server", *FLAGS], Finding.HOLDS, ""),
    "another format": ([*VLLM, "--load-format", "auto"], Finding.BROKEN, "--load-format"),
    "every media domain": (VLLM[:-2], Finding.BROKEN, "--allowed-media-domains"),
    "code of the checkpoint": ([*VLLM, "--trust-remote-code"], Finding.BROKEN, "--trust-remote-code"),
    "an exporter, with underscores": ([*VLLM, "--otlp_traces_endpoint", "x"], Finding.BROKEN, "--otlp-traces-endpoint"),
    "prompts in a log": ([*VLLM, "--enable-log-outputs"], Finding.BROKEN, "--enable-log-outputs"),
    "our own engine": (["python3", "-m", "selfhost", "serve", "--engine", "m3"], Finding.HOLDS, "engine m3"),
    "something else": (["nginx"], Finding.NOT_CHECKED, "not a server that is known"),
    "nothing to be read": (None, Finding.NOT_CHECKED, "the process cannot be read"),
}


@pytest.mark.parametrize(("command", "finding", "detail"), COMMANDS.values(), ids=COMMANDS)
def test_the_flags_are_those_of_the_profile(command: list[str] | None, finding: Finding, detail: str) -> None:
    assert check_flags(command) == Check("flags", finding, detail)


def test_the_flags_of_a_running_process_are_read() -> None:
    command = ["sh", "-c", "echo; read line", "a flag"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert command_of(process.pid) == command
    assert command_of(None) is None
    assert command_of(1 << 30) is None


def test_a_missing_variable_is_found_in_another_process() -> None:
    command, environment = ["sh", "-c", "echo; read line"], {"VLLM_PLUGINS": "selfhost_msa"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        check = check_environment(environment_of(process.pid))
    assert check.finding is Finding.BROKEN
    assert "HF_HUB_OFFLINE" in check.detail
    assert "VLLM_PLUGINS" not in check.detail


def test_a_process_that_cannot_be_seen_is_not_proved(tmp_path: Path) -> None:
    gone = 1 << 30
    assert check_environment(environment_of(gone)).finding is Finding.NOT_CHECKED
    assert check_listeners(gone).finding is Finding.NOT_CHECKED
    assert check_no_dumps(gone).finding is Finding.NOT_CHECKED
    assert check_no_swap(tmp_path).finding is Finding.NOT_CHECKED


def test_who_can_be_reached_or_refuses_shows_that_the_way_out_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert check_no_connection(Place("localhost", "127.0.0.1", port)).finding is Finding.BROKEN
    assert check_no_connection(Place("localhost", "127.0.0.1", port)).finding is Finding.BROKEN
    assert check_no_lookup(Place("localhost", "127.0.0.1", port)).finding is Finding.BROKEN


def test_listening_beyond_loopback_is_found_unless_it_is_permitted() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        here = f"0.0.0.0:{listener.getsockname()[1]}"
        assert here in check_listeners(os.getpid()).detail
        assert here not in check_listeners(os.getpid(), ["0.0.0.0"]).detail
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        assert f"{listener.getsockname()[1]}" not in check_listeners(os.getpid()).detail.split(":")


@pytest.mark.parametrize(("opened", "finding"), [((), Finding.HOLDS), (("/docs",), Finding.BROKEN)])
def test_pages_that_describe_the_server_are_closed(opened: tuple[str, ...], finding: Finding) -> None:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in opened else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        assert check_docs_closed(url).finding is finding
        server.shutdown()
        thread.join()
    assert check_docs_closed(url).finding is Finding.NOT_CHECKED


def test_a_checkpoint_that_does_not_hold_is_broken(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    model = signed(tmp_path / "model", read_private_key(keys[0]))
    (model / "modeling.py").write_text("")
    check, verified = check_checkpoint(model, [read_public_key(keys[1])])
    assert (check.finding, verified) == (Finding.BROKEN, None)


def test_whose_kernels_run_is_part_of_what_is_signed(tmp_path: Path) -> None:
    assert check_kernels(tmp_path).finding is Finding.NOT_CHECKED
    (tmp_path / "1.json").write_text(json.dumps({"kernels": "ours", "reason": "", "layers": 57}))
    (tmp_path / "2.json").write_text(json.dumps({"kernels": "stock", "reason": "another version", "layers": 0}))
    assert check_kernels(tmp_path) == Check("kernels", Finding.HOLDS, "ours; stock another version")


def test_strict_counts_what_was_not_checked() -> None:
    checks = [Check("one", Finding.HOLDS), Check("two", Finding.NOT_CHECKED)]
    assert verdict(checks, strict=False)
    assert not verdict(checks, strict=True)
    assert not verdict([Check("one", Finding.BROKEN)], strict=False)


def test_what_is_emitted_holds_the_whole_profile() -> None:
    service = compose("/srv/model", "image")
    assert all(f'{name}: "{value}"' in service for name, value in ENVIRONMENT.items())
    assert all(f'"{flag}"' in service for flag in FLAGS)
    assert "internal: true" in service
    assert "egress: []" in network_policy("gateway", 8000)
