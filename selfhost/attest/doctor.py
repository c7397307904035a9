"""`selfhost attest profile` and `doctor`: the closed house as files, and whether this one is closed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from selfhost.attest import profile
from selfhost.attest.canary import Status
from selfhost.attest.canary_command import replay_over_http
from selfhost.attest.checkpoint import DEMO_KEY, Verified
from selfhost.attest.checks import (
    OUTSIDE,
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
from selfhost.attest.errors import AttestError
from selfhost.attest.keys import read_private_key, read_public_key
from selfhost.attest.report import Report, write_report


def add_profile(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes `profile`."""
    parser = commands.add_parser("profile", help="print the profile of a house that no byte leaves")
    parser.add_argument("--as", dest="form", choices=["env", "flags", "compose", "networkpolicy"], default="env")
    parser.add_argument("--model", default="/srv/model", help="checkpoint directory on the host (compose)")
    parser.add_argument("--image", default="vllm-with-selfhost", help="image of the engine (compose)")
    parser.add_argument("--gateway-label", default="gateway", help="app label of the gateway's pods (networkpolicy)")
    parser.set_defaults(run=_profile)


def add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes `doctor`."""
    parser = commands.add_parser("doctor", help="check the profile live; run it where the model runs")
    parser.add_argument("--strict", action="store_true", help="what could not be checked counts as broken")
    parser.add_argument("--pid", type=int, help="the serving process; default: this one and its network namespace")
    parser.add_argument("--url", help="the server, e.g. http://127.0.0.1:8000")
    parser.add_argument("--checkpoint", type=Path, help="the checkpoint directory that is served")
    parser.add_argument("--trust", type=Path, action="append", help="public key (PEM); default: the demo's key")
    parser.add_argument("--signatures", type=int, default=1, help="how many trusted keys must have signed (default 1)")
    parser.add_argument("--recorded", type=Path, help="recording of canaries to replay at --url")
    parser.add_argument("--served-model", default="", help="name of the model at --url")
    parser.add_argument("--permit-listen", action="append", default=[], metavar="ADDRESS", help="beside loopback")
    parser.add_argument("--kernel-state", type=Path, help="directory in which vLLM's processes say whose kernels run")
    parser.add_argument("--probe-name", default=OUTSIDE.name, help="a name outside that must not resolve")
    parser.add_argument("--probe-address", default=OUTSIDE.address, help="an address outside that must not be reached")
    parser.add_argument("--probe-port", type=int, default=OUTSIDE.port, help="its TCP port")
    parser.add_argument("--destination", default="", help="the destination's id in the gateway's catalogue")
    parser.add_argument("--report", type=Path, help="write the signed report here")
    parser.add_argument("--key", type=Path, help="private key (PEM) that signs the report")
    parser.add_argument("--every", type=float, default=0.0, metavar="S", help="check again so often, until ended")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_doctor)


def _profile(options: argparse.Namespace) -> int:
    if options.form == "compose":
        text = profile.compose(options.model, options.image)
    elif options.form == "networkpolicy":
        text = profile.network_policy(options.gateway_label, 8000)
    elif options.form == "flags":
        text = " ".join(profile.FLAGS) + "\n"
    else:
        text = "\n".join(profile.environment_lines()) + "\n"
    sys.stdout.write(text)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    if options.report and not (options.key and options.destination):
        raise AttestError("--report needs --key and --destination")
    code = _round(options)
    while options.every:
        time.sleep(options.every)
        code = _round(options)
    return code


def _round(options: argparse.Namespace) -> int:
    checks, verified = _checks(options)
    report = Report(
        destination=options.destination,
        at_ms=time.time_ns() // 1_000_000,
        strict=options.strict,
        root=verified.root if verified else "",
        signer=verified.origin.signer if verified else "",
        checks=checks,
    )
    if options.report:
        write_report(options.report, report, read_private_key(options.key))
    _say(report, as_json=options.json)
    sys.stdout.flush()
    return 0 if report.ok else 1


def _checks(options: argparse.Namespace) -> tuple[tuple[Check, ...], Verified | None]:
    place = Place(options.probe_name, options.probe_address, options.probe_port)
    checks = [
        check_environment(environment_of(options.pid)),
        check_flags(command_of(options.pid)),
        check_no_lookup(place),
        check_no_connection(place),
        check_listeners(options.pid, options.permit_listen),
        check_no_dumps(options.pid),
        check_no_swap(),
        check_docs_closed(options.url) if options.url else Check("docs_closed", Finding.NOT_CHECKED, "no --url"),
        _canaries(options),
    ]
    if options.kernel_state:
        checks.append(check_kernels(options.kernel_state))
    verified = None
    if options.checkpoint:
        trusted = [read_public_key(path) for path in options.trust or [DEMO_KEY]]
        check, verified = check_checkpoint(options.checkpoint, trusted, options.signatures)
        checks.append(check)
    else:
        checks.append(Check("checkpoint", Finding.NOT_CHECKED, "no --checkpoint"))
    return tuple(checks), verified


def _canaries(options: argparse.Namespace) -> Check:
    if not (options.url and options.recorded):
        return Check("canaries", Finding.NOT_CHECKED, "no --url and --recorded")
    status, drifted = replay_over_http(options.url, options.served_model, options.recorded)
    finding = {Status.HOLDS: Finding.HOLDS, Status.DRIFTED: Finding.BROKEN}.get(status, Finding.NOT_CHECKED)
    return Check("canaries", finding, ", ".join(sorted(drifted)) or status.value)


def _say(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"ok": report.ok, **asdict(report)}) + "\n")
        return
    for check in report.checks:
        sys.stdout.write(f"{check.finding.value:12} {check.name:16} {check.detail}\n")
    sys.stdout.write("proved\n" if report.ok else "not proved\n")
