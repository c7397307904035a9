"""`gateway fingerprints`: registers code, documents and tables by keyed hashes. No text of them is kept."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.clock import SystemClock
from gateway.commands.options import add_config, add_json, print_json, print_line, print_table, settings_of
from gateway.errors import StartupError

if TYPE_CHECKING:
    from gateway.classify.fingerprints.index import Index
    from gateway.classify.fingerprints.registering import Registrar, Report
    from gateway.classify.fingerprints.store import IndexStore


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    parser = subparsers.add_parser("fingerprints", help="register code, documents and tables, and find them again")
    commands = parser.add_subparsers(required=True)
    _add_add(commands)
    listing = commands.add_parser("list", help="list what is registered, and the root the audit log names")
    listing.set_defaults(run=_guarded(_list))
    remove = commands.add_parser("remove", help="remove an owner, or one document as OWNER/NAME")
    remove.add_argument("name", metavar="OWNER[/NAME]")
    remove.set_defaults(run=_guarded(_remove))
    check = commands.add_parser("check", help="show which stretches of a text are registered")
    check.add_argument("file", metavar="FILE", help="a UTF-8 text file, or - for standard input")
    check.set_defaults(run=_guarded(_check))
    verify = commands.add_parser("verify", help="compute every digest of the index again")
    verify.set_defaults(run=_guarded(_verify))
    for each in (listing, remove, check, verify):
        _add_common(each)


def _add_add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    adding = commands.add_parser("add", help="register a repository, a directory, a document or a table")
    adding.add_argument("path", type=Path, metavar="REPO|FILE|CSV")
    adding.add_argument("--owner", metavar="NAME", help="whose it is; default: the name of the directory or file")
    adding.add_argument("--tenant", metavar="NAME", help="whose key a new index is made with; default: default")
    adding.add_argument(
        "--alone", action="append", default=[], metavar="COLUMN", help="a column whose value alone tells a row"
    )
    adding.add_argument("--public", action="store_true", help="text that anybody may have: never to be found")
    _add_common(adding)
    adding.set_defaults(run=_guarded(_add))


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--index", type=Path, metavar="FILE", help="the index; default: classify.fingerprints")
    add_config(parser)
    add_json(parser)


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Turns what cannot be read into the error that ends a command with 2."""

    def guarded(options: argparse.Namespace) -> int:
        from gateway.classify.fingerprints.index_file import IndexDamaged  # noqa: PLC0415
        from gateway.classify.fingerprints.sources import UnreadableSource  # noqa: PLC0415

        try:
            return run(options)
        except (IndexDamaged, UnreadableSource) as error:
            raise StartupError(f"fingerprints: {error}") from None
        except OSError as error:
            raise StartupError(f"fingerprints: {error.strerror}: {error.filename}") from None

    return guarded


def _store(options: argparse.Namespace) -> IndexStore:
    from gateway.classify.fingerprints.index_file import tenant_key  # noqa: PLC0415  (loads numpy)
    from gateway.classify.fingerprints.store import IndexStore  # noqa: PLC0415

    settings = settings_of(options)
    path = options.index or settings.classify.fingerprints
    if path is None:
        raise StartupError("fingerprints: name the index with --index or classify.fingerprints")
    return IndexStore(path, tenant_key(settings.secrets.derive), secrets.token_bytes)


def _add(options: argparse.Namespace) -> int:
    from gateway.classify.documents.reading import ReadingProcess, plain_text  # noqa: PLC0415
    from gateway.classify.fingerprints.registering import Registrar, Report  # noqa: PLC0415
    from gateway.classify.fingerprints.registry import with_documents, with_public  # noqa: PLC0415
    from gateway.classify.fingerprints.sources import sources_of  # noqa: PLC0415

    store, report = _store(options), Report()
    sources = sources_of(options.path)
    owner = options.owner or options.path.resolve().name
    with store.alone(), closing(ReadingProcess()) as process:
        tenant = store.tenant(options.tenant)
        registrar = Registrar(store.key(tenant), partial(plain_text, process), SystemClock().now_ms())
        index = _opened_or_begun(store, tenant, registrar)
        progress = _Progress("reading", len(sources))
        if options.public:
            index = with_public(index, registrar.public([source.path for source in sources], progress.step))
        else:
            index = with_documents(index, registrar.additions(owner, sources, options.alone, report, progress.step))
        progress.close()
        store.write(index)
    _print_report(options, index, owner, report)
    return 0 if report.registered or options.public else 1


def _opened_or_begun(store: IndexStore, tenant: str, registrar: Registrar) -> Index:
    from gateway.classify.fingerprints.registry import empty_index  # noqa: PLC0415
    from gateway.classify.fingerprints.sources import public_paths  # noqa: PLC0415

    if store.path.exists():
        return store.read()
    paths = public_paths()
    progress = _Progress("public text", len(paths))
    public = registrar.public(paths, progress.step)
    progress.close()
    return empty_index(tenant, public)


def _print_report(options: argparse.Namespace, index: Index, owner: str, report: Report) -> None:
    mine = [document for document in index.documents if document.owner == owner]
    bare = [document.name for document in mine if document.shared == document.count]
    if options.json:
        print_json({**asdict(report), "owner": owner, "only_shared": bare, "root": index.root})
        return
    print_line(f"registered under {owner}: {report.registered} files; the index has {index.values.size} fingerprints")
    for reason, names in (
        ("not text, or not readable", report.unreadable),
        ("too short to recognise", report.too_short),
        ("not protected: others have all of it too", bare),
    ):
        for name in names:
            print_line(f"{reason}: {name}")
    for name, table in report.tables.items():
        print_line(f"{name}: {table.rows} rows, {table.cells} cells; {table.left_out} too short, long or common")
    print_line(f"root: {index.root}")


def _list(options: argparse.Namespace) -> int:
    index = _store(options).read()
    if options.json:
        documents = [asdict(document) for document in index.documents]
        print_json({"tenant": index.tenant, "root": index.root, "documents": documents})
        return 0
    rows = [("OWNER", "NAME", "KIND", "FINGERPRINTS", "SHARED")]
    rows += [(d.owner, d.name, d.kind.value, str(d.count), str(d.shared)) for d in index.documents]
    print_table(rows)
    print_line(f"root: {index.root}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from gateway.classify.fingerprints.registry import without  # noqa: PLC0415

    store = _store(options)
    with store.alone():
        index = store.read()
        gone = [d for d in index.documents if options.name in (d.owner, f"{d.owner}/{d.name}")]
        if gone:
            index = without(index, gone)
            store.write(index)
    if options.json:
        print_json({"removed": len(gone), "root": index.root})
    else:
        print_line(f"removed {len(gone)} documents" if gone else "nothing of that name is registered")
    return 0 if gone else 1


def _check(options: argparse.Namespace) -> int:
    from gateway.classify.fingerprints.checking import check_text  # noqa: PLC0415
    from gateway.classify.fingerprints.sources import UnreadableSource, text_of  # noqa: PLC0415

    store = _store(options)
    content = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    text = text_of(content)
    if text is None:
        raise UnreadableSource("the text is not UTF-8")
    index = store.read()
    spans = check_text(text, index, store.key(index.tenant))
    if options.json:
        print_json({"root": index.root, "findings": [asdict(span) for span in spans]})
    elif spans:
        heading = ("TYPE", "CHARACTERS", "SCORE", "FROM")
        print_table([heading, *((s.type, f"{s.start}-{s.end}", f"{s.score:.2f}", s.document) for s in spans)])
    return 1 if spans else 0


def _verify(options: argparse.Namespace) -> int:
    from gateway.classify.fingerprints.store import wrong_documents  # noqa: PLC0415

    index = _store(options).read()
    wrong = wrong_documents(index)
    if options.json:
        print_json({"root": index.root, "documents": len(index.documents), "wrong": wrong})
        return 1 if wrong else 0
    for name in wrong:
        print_line(f"wrong fingerprints: {name}")
    print_line(f"{len(index.documents)} documents, {index.values.size} fingerprints, root {index.root}")
    return 1 if wrong else 0


class _Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total, self._done = title, total, 0
        self._is_shown = sys.stderr.isatty()

    def step(self) -> None:
        """Counts one more file."""
        self._done += 1
        if self._is_shown and (self._done % 10 == 0 or self._done == self._total):
            bar = "#" * (30 * self._done // max(1, self._total))
            sys.stderr.write(f"\r{self._title} [{bar:<30}] {self._done}/{self._total}")
            sys.stderr.flush()

    def close(self) -> None:
        """Ends the line."""
        if self._is_shown:
            sys.stderr.write("\n")
