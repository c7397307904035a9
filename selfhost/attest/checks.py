"""The live checks of the profile: at what is, not at what was configured. What cannot be seen is not proved."""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from selfhost.attest.checkpoint import Verified, verify_checkpoint
from selfhost.attest.errors import CheckpointRefused
from selfhost.attest.profile import DOCS_PATHS, ENVIRONMENT, FORBIDDEN_FLAGS, flag_pairs, forbidden
from selfhost.vllm_plugin.state import noted

_LISTEN = "0A"
_TIMEOUT_S = 3.0


class Finding(StrEnum):
    """What a check came to."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the profile. `detail` names what was found, never a value of the environment."""

    name: str
    finding: Finding
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place outside: `name` is looked up, `address` (a literal) is connected to at `port`."""

    name: str = "example.com"
    address: str = "1.1.1.1"
    port: int = 443


OUTSIDE = Place()
"""What is tried when nothing else is named."""


def environment_of(pid: int | None, proc: Path = Path("/proc")) -> Mapping[str, str] | None:
    """Returns the environment that a process started with, of this one for `None`; `None` when it cannot be read."""
    if pid is None:
        return dict(os.environ)
    try:
        content = (proc / str(pid) / "environ").read_bytes()
    except OSError:
        return None
    pairs = (each.partition(b"=") for each in content.split(b"\0") if each)
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, _, value in pairs}


def check_environment(environment: Mapping[str, str] | None) -> Check:
    """Every variable of the profile has its value, and none that is forbidden is set."""
    if environment is None:
        return Check("environment", Finding.NOT_CHECKED, "the process cannot be read")
    wrong = sorted(name for name, value in ENVIRONMENT.items() if environment.get(name) != value)
    wrong += sorted(name for name in environment if forbidden(name))
    return _found("environment", ", ".join(wrong))


def command_of(pid: int | None, proc: Path = Path("/proc")) -> Sequence[str] | None:
    """Returns the command line that a process was started with; `None` for none, or one that cannot be read."""
    try:
        content = b"" if pid is None else (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    return [part.decode(errors="replace") for part in content.split(b"\0")][:-1] or None


def check_flags(command: Sequence[str] | None) -> Check:
    """A vLLM server has every flag of the profile and none against it; our own engine has none of these ways out."""
    if command is None:
        return Check("flags", Finding.NOT_CHECKED, "the process cannot be read")
    if "selfhost" in command and "m3" in command:
        return Check("flags", Finding.HOLDS, "engine m3")
    if not any(Path(part).name == "vllm" or part.startswith("vllm.entrypoints") for part in command[:4]):
        return Check("flags", Finding.NOT_CHECKED, "not a server that is known")
    stated = dict(_stated(command))
    wrong = sorted(flag for flag, value in flag_pairs() if stated.get(flag) != value)
    wrong += sorted(flag for flag in FORBIDDEN_FLAGS if flag in stated)
    return _found("flags", ", ".join(wrong))


def _stated(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each flag with its value, given behind it or behind `=`; of one given twice the last counts, as in argparse."""
    for place, part in enumerate(command):
        if part.startswith("--"):
            flag, _, value = part.partition("=")
            following = command[place + 1] if place + 1 < len(command) else "--"
            yield flag.replace("_", "-"), value or ("" if following.startswith("--") else following)


def check_no_lookup(place: Place) -> Check:
    """Looking up a name outside must fail."""
    try:
        socket.getaddrinfo(place.name, place.port)
    except OSError:
        return Check("dns_closed", Finding.HOLDS)
    return Check("dns_closed", Finding.BROKEN, f"{place.name} was resolved")


def check_no_connection(place: Place) -> Check:
    """Connecting outside must fail, and not because somebody there refused."""
    try:
        socket.create_connection((place.address, place.port), timeout=_TIMEOUT_S).close()
    except ConnectionRefusedError:
        return Check("egress_closed", Finding.BROKEN, f"{place.address} answered with a refusal")
    except OSError as error:
        return Check("egress_closed", Finding.HOLDS, type(error).__name__)
    return Check("egress_closed", Finding.BROKEN, f"{place.address} was reached")


def check_listeners(pid: int | None, permitted: Sequence[str] = (), proc: Path = Path("/proc")) -> Check:
    """Sockets that listen, of a process or of the whole network namespace, do so on loopback or permitted addresses."""
    try:
        listeners = list(_listeners(proc / str(pid or "self") / "net"))
        owned = None if pid is None else _sockets(proc / str(pid) / "fd")
    except OSError:
        return Check("loopback_only", Finding.NOT_CHECKED, "the process cannot be read")
    outside = [f"{address}:{port}" for address, port, inode in listeners if owned is None or inode in owned]
    outside = sorted(each for each in outside if not _inside(each.rpartition(":")[0], permitted))
    return _found("loopback_only", ", ".join(outside))


def _inside(address: str, permitted: Sequence[str]) -> bool:
    return address in permitted or ipaddress.ip_address(address).is_loopback


def _listeners(net: Path) -> Iterator[tuple[str, int, str]]:
    for name in ("tcp", "tcp6"):
        for line in (net / name).read_text().splitlines()[1:] if (net / name).exists() else ():
            fields = line.split()
            if fields[3] == _LISTEN:
                address, _, port = fields[1].partition(":")
                yield _address(address), int(port, 16), fields[9]


def _address(text: str) -> str:
    """The kernel writes addresses as 32-bit words of the machine's own byte order (little-endian here)."""
    raw = b"".join(bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8))
    found = ipaddress.ip_address(raw)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _sockets(directory: Path) -> frozenset[str]:
    targets = []
    for each in directory.iterdir():
        try:
            targets.append(str(each.readlink()))
        except OSError:
            continue  # closed meanwhile
    return frozenset(each.removeprefix("socket:[").rstrip("]") for each in targets if each.startswith("socket:["))


def check_no_dumps(pid: int | None, proc: Path = Path("/proc")) -> Check:
    """Core dumps are off: a dump holds prompts and weights."""
    try:
        lines = (proc / str(pid or "self") / "limits").read_text().splitlines()
        soft = next(line.split()[4] for line in lines if line.startswith("Max core file size"))
    except (OSError, StopIteration, IndexError):
        return Check("no_core_dumps", Finding.NOT_CHECKED, "the process cannot be read")
    return _found("no_core_dumps", "" if soft == "0" else f"limit {soft}")


def check_no_swap(proc: Path = Path("/proc")) -> Check:
    """No swap space: memory that is paged out outlives the process."""
    try:
        lines = (proc / "swaps").read_text().splitlines()[1:]
    except OSError:
        return Check("no_swap", Finding.NOT_CHECKED, "swap cannot be read")
    return _found("no_swap", f"{len(lines)} areas" if lines else "")


def check_docs_closed(url: str) -> Check:
    """The pages that describe the server are not served."""
    parts = urlsplit(url)
    opened = []
    try:
        for path in DOCS_PATHS:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_S)
            connection.request("GET", path)
            if connection.getresponse().status != http.client.NOT_FOUND:
                opened.append(path)
            connection.close()
    except (OSError, http.client.HTTPException):
        return Check("docs_closed", Finding.NOT_CHECKED, "the server does not answer")
    return _found("docs_closed", ", ".join(opened))


def check_kernels(directory: Path) -> Check:
    """Says whose kernels each process runs. Stock ones are no fault; that nothing is said is not proved."""
    states = noted(directory)
    said = sorted({f"{state.kernels} {state.reason}".strip() for state in states})
    return Check("kernels", Finding.HOLDS if states else Finding.NOT_CHECKED, "; ".join(said))


def check_checkpoint(
    directory: Path, trusted: Sequence[Ed25519PublicKey], signatures: int = 1
) -> tuple[Check, Verified | None]:
    """The checkpoint is the one that was signed."""
    try:
        verified = verify_checkpoint(directory, trusted, signatures=signatures)
    except CheckpointRefused as refused:
        return Check("checkpoint", Finding.BROKEN, str(refused)), None
    return Check("checkpoint", Finding.HOLDS, verified.root), verified


def _found(name: str, wrong: str) -> Check:
    return Check(name, Finding.BROKEN if wrong else Finding.HOLDS, wrong)
