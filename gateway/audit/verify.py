"""Checks an audit log without the product: this one file, the standard library and `cryptography`.

    python -I gateway/audit/verify.py STATE_DIR --vkey KEY_OR_FILE [--checkpoint FILE]... [--json]
    python -I gateway/audit/verify.py --proof FILE --vkey KEY_OR_FILE [--json]

Everything is recomputed from the stored bytes of the records: leaf hashes, the RFC 9162 tree, and its root at the size
of every stored checkpoint, each of which must carry a signature of the given key. `--checkpoint` names a checkpoint
kept elsewhere from earlier; only such a one shows that the end of a log was cut off. Exit code: 0 all holds, 1
something was found, 2 it could not be checked. Nothing is written.
"""

from __future__ import annotations

import argparse
import base64
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import reduce
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DATABASE = "audit.sqlite3"
VERSION = 1
KINDS = ("intent", "outcome", "refusal", "access", "key", "downgrade", "bulk", "batch")
FINDINGS_SHOWN = 100

Body = dict[str, object]


class CannotCheck(Exception):
    """The log, the key or the checkpoint could not be read at all."""


@dataclass(frozen=True)
class Finding:
    """Something that does not hold. `seq` is the entry or tree size it concerns, -1 if none."""

    code: str
    seq: int
    detail: str


@dataclass
class Report:
    """What a check came to. Warnings and open intents do not fail it; findings do."""

    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    entries: int = 0
    checkpoints: int = 0
    signed_entries: int = 0
    root: str = ""
    open_intents: list[int] = field(default_factory=list)

    def find(self, code: str, seq: int, detail: str) -> None:
        """Notes something that does not hold."""
        self.findings.append(Finding(code, seq, detail))

    def warn(self, code: str, seq: int, detail: str) -> None:
        """Notes something that an honest log can show as well."""
        self.warnings.append(Finding(code, seq, detail))


@dataclass(frozen=True)
class Key:
    """A verifier key."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """Reads `name+id+base64`. Raises `CannotCheck`."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            material = base64.b64decode(encoded, validate=True)
            public = material[1:]
        except ValueError:
            raise CannotCheck("the verifier key is not of the form name+id+key") from None
        expected = sha256(name.encode() + b"\n" + material).digest()[:4]
        if material[:1] != b"\x01" or len(public) != 32 or expected.hex() != key_id:
            raise CannotCheck("the verifier key is not an Ed25519 key, or does not match its own id")
        return cls(name, expected, public)


def read_note(note: str, key: Key) -> tuple[int, bytes]:
    """Returns the size and root a checkpoint states. Raises `ValueError` with the reason when it does not hold."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise ValueError("not a signed note")
    text += "\n"
    _check_signature(text, signatures, key)
    origin, size, encoded = text.split("\n")[:3]
    root = base64.b64decode(encoded, validate=True)
    if origin != key.name or str(int(size)) != size or len(root) != 32:
        raise ValueError("of another log, or a malformed size or root")
    return int(size), root


def _check_signature(text: str, signatures: str, key: Key) -> None:
    for line in signatures.splitlines():
        if line.startswith(f"— {key.name} "):
            raw = base64.b64decode(line.rpartition(" ")[2], validate=True)
            if raw[:4] == key.key_id:
                try:
                    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.encode())
                except InvalidSignature:
                    raise ValueError("the signature does not hold") from None
                return
    raise ValueError("no signature of this key")


class Tree:
    """The hashes of the complete subtrees of the leaves seen so far, and their root."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        position = self.size
        while position & 1:
            leaf = sha256(b"\x01" + self._peaks.pop() + leaf).digest()
            position >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return sha256(b"").digest()
        return reduce(lambda right, left: sha256(b"\x01" + left + right).digest(), reversed(self._peaks))


def root_of_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Returns the root that an inclusion path leads to, `None` when its length does not fit (RFC 9162, 2.1.3.2)."""
    position, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            current = sha256(b"\x01" + sibling + current).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            current = sha256(b"\x01" + current + sibling).digest()
        position, last = position >> 1, last >> 1
    return current if last == 0 else None


def parse_canonical(body: bytes) -> Body | None:
    """Returns the record, `None` unless the bytes are the one canonical form: sorted keys, no space, no floats."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return value if isinstance(value, dict) and again == text and not _has_null(value) else None
    except (ValueError, RecursionError):  # ValueError: also what is not UTF-8
        return None


def _refuse(_: str) -> object:
    raise ValueError("only integers")


def _has_null(value: object) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(map(_has_null, inner))


RESULT = {"outcome": "ending", "refusal": "code", "access": "after", "bulk": "band"}
RESULT |= dict.fromkeys(("key", "downgrade", "batch"), "action")
SUBJECT_COLUMNS = ("request_id", "tenant", "app", "key_id", "level", "model_requested")
OWN_COLUMNS = {
    "intent": ("attempt_id",),
    "outcome": ("request_id", "attempt_id", "tenant", "app"),
    "key": ("tenant", "app", "key_id"),
    "downgrade": ("tenant", "app"),
    "bulk": ("request_id",),
    "batch": ("tenant", "app", "key_id"),
}


def expected_columns(body: Body) -> dict[str, object]:
    """Returns the columns that repeat this record. A column that is not named is NULL."""
    kind, subject = str(body.get("kind")), body.get("subject")
    columns: dict[str, object] = {"seq": body.get("seq"), "at_ms": body.get("at_ms"), "kind": kind}
    columns |= {"destination": body.get("destination") or None, "request_id": body.get("about")}
    columns |= {name: body.get(name) for name in OWN_COLUMNS.get(kind, ())}
    if isinstance(subject, dict):
        columns |= {name: subject.get(name) for name in SUBJECT_COLUMNS}
    if kind in RESULT:
        columns["result"] = body.get(RESULT[kind])
    return columns


def expected_rules(body: Body) -> set[str]:
    """Returns the rules that the record names."""
    named: set[str] = set()
    subject = body.get("subject")
    considered = subject.get("considered") if isinstance(subject, dict) else None
    for holder in (body, *(considered if isinstance(considered, list) else ())):
        rules = holder.get("rules") if isinstance(holder, dict) else None
        named.update(rule for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, str))
    return named


class Check:
    """One pass over the log, in the order of its sequence numbers."""

    def __init__(self, connection: sqlite3.Connection, key: Key, kept: list[str]) -> None:
        self.report = Report()
        self._connection = connection
        self._tree = Tree()
        self._claims: dict[int, list[tuple[str, bytes]]] = {}
        self._rules = connection.execute("SELECT seq, rule FROM entry_rule ORDER BY seq")
        self._rule: sqlite3.Row | None = self._rules.fetchone()
        self._expected_seq = 0
        self._last_agreed = 0
        self._at_ms = 0
        self._open: dict[str, int] = {}
        self._settled: set[int] = set()
        self._read_stored_checkpoints(key)
        self._read_kept_checkpoints(kept, key)

    def run(self) -> Report:
        """Checks everything and returns the report."""
        for row in self._connection.execute("SELECT * FROM entry ORDER BY seq"):
            self._check_row(row)
        self._rules_up_to(sys.maxsize)
        self._check_ends()
        return self.report

    def _read_stored_checkpoints(self, key: Key) -> None:
        for size, note in self._connection.execute("SELECT size, note FROM checkpoint ORDER BY size"):
            self.report.checkpoints += 1
            try:
                signed, root = read_note(note, key)
            except ValueError as error:
                self.report.find("checkpoint_not_valid", size, str(error))
                continue
            if signed != size:
                self.report.find("checkpoint_swapped", size, f"its note is of size {signed}")
            self._claims.setdefault(signed, []).append(("stored", root))
            self.report.signed_entries = max(self.report.signed_entries, signed)

    def _read_kept_checkpoints(self, notes: list[str], key: Key) -> None:
        try:
            for size, root in (read_note(note, key) for note in notes):
                self._claims.setdefault(size, []).append(("kept", root))
        except ValueError as error:
            raise CannotCheck(f"a checkpoint that was kept does not hold: {error}") from None

    def _rules_up_to(self, seq: int) -> set[str]:
        """Returns the rules listed for this entry; those listed before it belong to no entry."""
        rules: set[str] = set()
        while self._rule is not None and self._rule["seq"] <= seq:
            if self._rule["seq"] == seq:
                rules.add(self._rule["rule"])
            else:
                self.report.find("rule_of_no_entry", self._rule["seq"], "its entry is not there")
            self._rule = self._rules.fetchone()
        return rules

    def _check_row(self, row: sqlite3.Row) -> None:
        seq, body = row["seq"], bytes(row["body"])
        if seq != self._expected_seq:
            self.report.find("seq_not_contiguous", seq, f"entry {self._expected_seq} was expected")
        self._expected_seq = seq + 1
        self._check_claims()
        leaf = sha256(b"\x00" + body).digest()
        if leaf != row["leaf"]:
            self.report.find("leaf_mismatch", seq, "the stored hash is not the hash of the record")
        self._tree.append(leaf)
        record = parse_canonical(body)
        if record is None:
            self.report.find("not_canonical", seq, "the record is not canonical JSON")
            return
        self._check_record(seq, record)
        self._check_columns(row, record)
        if self._rules_up_to(seq) != expected_rules(record):
            self.report.find("rules_mismatch", seq, "the rules listed are not those of the record")

    def _check_record(self, seq: int, record: Body) -> None:
        if record.get("v") != VERSION or record.get("kind") not in KINDS:
            self.report.find("unknown_record", seq, "a version or kind that this verifier does not know")
        at_ms = record.get("at_ms")
        if isinstance(at_ms, int):
            if at_ms < self._at_ms:
                self.report.warn("time_backwards", seq, f"{self._at_ms - at_ms} ms before its predecessor")
            self._at_ms = max(self._at_ms, at_ms)
        if record.get("kind") == "intent":
            self._check_intent(seq, record)
        elif record.get("kind") == "outcome":
            self._check_outcome(seq, record)

    def _check_intent(self, seq: int, record: Body) -> None:
        attempt = str(record.get("attempt_id"))
        if attempt in self._open:
            self.report.find("duplicate_intent", seq, f"the attempt of entry {self._open[attempt]} again")
        self._open[attempt] = seq

    def _check_outcome(self, seq: int, record: Body) -> None:
        attempt, intent_seq = str(record.get("attempt_id")), record.get("intent_seq")
        opened = self._open.pop(attempt, None)
        if opened is not None and opened == intent_seq:
            self._settled.add(opened)
        elif intent_seq in self._settled:
            self.report.find("duplicate_outcome", seq, f"the intent of entry {intent_seq} was settled before")
        else:
            self.report.find("outcome_without_intent", seq, f"entry {intent_seq} is not its intent")

    def _check_columns(self, row: sqlite3.Row, record: Body) -> None:
        expected = expected_columns(record)
        for name in row.keys():  # noqa: SIM118  (iterating a Row yields its values)
            if name not in ("leaf", "body") and row[name] != expected.get(name):
                self.report.find("column_mismatch", row["seq"], f"column {name} is not what the record says")

    def _check_claims(self) -> None:
        for origin, root in self._claims.pop(self._tree.size, ()):
            if root == self._tree.root():
                self._last_agreed = self._tree.size
            else:
                detail = f"entries {self._last_agreed} to {self._tree.size - 1} are not all what was signed ({origin})"
                self.report.find("root_mismatch", self._tree.size, detail)

    def _check_ends(self) -> None:
        report = self.report
        self._check_claims()
        for size in sorted(self._claims):
            report.find("entries_missing", size, f"{size} entries were signed, {self._tree.size} are stored")
        report.entries, report.root = self._tree.size, self._tree.root().hex()
        report.open_intents = sorted(self._open.values())
        if report.entries and not report.checkpoints:
            report.find("no_checkpoint", -1, "the log has entries and no checkpoint")
        elif report.entries > report.signed_entries:
            count = report.entries - report.signed_entries
            report.warn("not_yet_signed", report.signed_entries, f"{count} entries are not covered by a checkpoint")


def check_log(directory: Path, key: Key, kept: list[str]) -> Report:
    """Checks the log of a state directory against the key and the checkpoints kept elsewhere. Raises `CannotCheck`."""
    try:
        with closing(_connect(directory / DATABASE)) as connection:
            connection.execute("BEGIN")
            return Check(connection, key, kept).run()
    except sqlite3.Error as error:
        raise CannotCheck(f"the database cannot be read: {type(error).__name__}") from None


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise CannotCheck(f"no {DATABASE} in this directory")
    # A finished log on read-only media has no journal to share, and can only be opened as immutable.
    modes = ("mode=ro",) if path.with_name(f"{DATABASE}-wal").exists() else ("mode=ro", "mode=ro&immutable=1")
    for mode in modes:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("SELECT 1 FROM entry LIMIT 1")
        except sqlite3.DatabaseError:
            connection.close()
        else:
            return connection
    raise CannotCheck("the database cannot be opened, or is not an audit log")


def check_proof(text: str, key: Key) -> Report:
    """Checks one exported entry: its bytes, its path and the signed checkpoint. Raises `CannotCheck`."""
    report = Report()
    try:
        proof = json.loads(text)
        body = base64.b64decode(proof["body"], validate=True)
        path = [base64.b64decode(step, validate=True) for step in proof["path"]]
        seq, note = int(proof["seq"]), str(proof["checkpoint"])
    except (ValueError, KeyError, TypeError):
        raise CannotCheck("not a proof file") from None
    try:
        size, root = read_note(note, key)
    except ValueError as error:
        report.find("checkpoint_not_valid", seq, str(error))
        return report
    report.entries, report.signed_entries, report.root = 1, size, root.hex()
    leaf = sha256(b"\x00" + body).digest()
    if not 0 <= seq < size or root_of_path(leaf, seq, size, path) != root:
        report.find("not_included", seq, "the path does not lead from the record to the signed root")
    record = parse_canonical(body)
    if record is None or record.get("seq") != seq:
        report.find("not_canonical", seq, "the record is not canonical, or is of another number")
    elif record != proof.get("record"):
        report.find("record_mismatch", seq, "the record shown is not the record that is proved")
    return report


def as_text(report: Report) -> Iterator[str]:
    """Yields the report line by line, for people."""
    yield f"entries {report.entries}, signed {report.signed_entries}, checkpoints {report.checkpoints}"
    yield f"root {report.root}, findings {len(report.findings)} (at most {FINDINGS_SHOWN} shown)"
    for finding in report.findings[:FINDINGS_SHOWN]:
        yield f"FOUND {finding.code} at {finding.seq}: {finding.detail}"
    for warning in report.warnings[:FINDINGS_SHOWN]:
        yield f"warning {warning.code} at {warning.seq}: {warning.detail}"
    if report.open_intents:
        yield f"open intents (no outcome yet): {len(report.open_intents)}, first {report.open_intents[0]}"
    yield "something was found" if report.findings else "all holds"


def main(arguments: list[str]) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="verify", description="Check an audit log, or one proof, on its own.")
    parser.add_argument("state_dir", type=Path, nargs="?", help="directory that holds the log")
    parser.add_argument("--vkey", required=True, help="verifier key (name+id+key), or a file that holds it")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="a checkpoint kept from earlier")
    parser.add_argument("--proof", type=Path, help="check this exported proof instead of a log")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    if (options.state_dir is None) == (options.proof is None):
        parser.error("name either a state directory or --proof FILE")
    try:
        key = Key.parse(_text_of(Path(options.vkey)) if Path(options.vkey).is_file() else options.vkey)
        kept = [_text_of(path) for path in options.checkpoint]
        proof = options.proof and _text_of(options.proof)
        report = check_proof(proof, key) if options.proof else check_log(options.state_dir, key, kept)
    except CannotCheck as error:
        sys.stderr.write(f"cannot check: {error}\n")
        return 2
    as_json = {"ok": not report.findings, **asdict(report)}
    sys.stdout.write((json.dumps(as_json) if options.json else "\n".join(as_text(report))) + "\n")
    return 1 if report.findings else 0


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotCheck(f"cannot read {path}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
