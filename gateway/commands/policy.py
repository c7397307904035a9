"""`gateway policy`: check a bundle, run its tests, explain one answer. Nothing here talks to a running gateway."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime

from gateway.commands.options import add_config, add_json, print_json, print_line, print_table
from gateway.policy.check import Explanation, check, explain, stamp
from gateway.policy.preflight import Report
from gateway.policy.question import NOTHING_SENT
from gateway.settings import PolicySettings, Settings
from gateway.types import Category, Level, Persons, PrincipalClass, Question
from routers.catalog import CAPABILITIES
from routers.types import Access, DestinationId


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    policy = subparsers.add_parser("policy", help="check, test and explain the policy").add_subparsers(required=True)
    checking = policy.add_parser("check", help="run every check a bundle must pass before it may be in force")
    checking.add_argument("--stamp", action="store_true", help="also note in tested.json that these files passed")
    checking.set_defaults(run=_check)
    testing = policy.add_parser("test", help="run the tests beside the rules")
    testing.set_defaults(run=_test)
    explaining = policy.add_parser("explain", help="show every rule's say on one question")
    explaining.add_argument("--destination", required=True)
    explaining.add_argument("--level", default="internal", choices=[level.label for level in Level])
    explaining.add_argument("--category", action="append", default=[], choices=[c.value for c in Category])
    explaining.add_argument("--feature", action="append", default=[], choices=sorted(CAPABILITIES))
    explaining.add_argument("--clearance", default="restricted", choices=[level.label for level in Level])
    explaining.add_argument("--class", dest="principal", default="employee", choices=[c.value for c in PrincipalClass])
    explaining.add_argument("--purpose", default="general")
    explaining.add_argument("--access", default="active", choices=[access.value for access in Access])
    explaining.add_argument("--day", default=None, help="UTC date YYYY-MM-DD; default: today")
    explaining.add_argument("--persons", default="none", choices=[persons.value for persons in Persons])
    explaining.add_argument(
        "--bulk",
        action="append",
        default=[],
        metavar="KIND.BAND",
        help="how much was sent there before, e.g. health.80; default: nothing of any kind",
    )
    explaining.set_defaults(run=_explain)
    for parser in (checking, testing, explaining):
        add_config(parser)
        add_json(parser)


def _settings(options: argparse.Namespace) -> PolicySettings:
    """Without a configuration the packaged policy is meant; nobody needs a secret to read it."""
    return PolicySettings() if options.config is None else Settings.load(options.config).policy


def _check(options: argparse.Namespace) -> int:
    report = (stamp if options.stamp else check)(_settings(options))
    if options.json:
        print_json({"revision": report.revision, "passed": report.passed, "problems": list(map(str, report.problems))})
        return 0 if report.passed else 1
    for problem in report.problems:
        print_line(str(problem))
    print_line(f"revision {report.revision}")
    print_line(f"{len(report.rules)} rules: {'passed' if report.passed else 'REFUSED'}")
    return 0 if report.passed else 1


def _test(options: argparse.Namespace) -> int:
    report: Report = check(_settings(options))
    failed = [test for test in report.tests if not test.passed]
    if options.json:
        print_json({"passed": len(report.tests) - len(failed), "failed": [asdict(test) for test in failed]})
    else:
        for test in failed:
            print_line(f"failed: {test.name}")
        print_line(f"{len(report.tests) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not report.passed else 0


def _explain(options: argparse.Namespace) -> int:
    question = Question(
        principal_class=options.principal,
        clearance=int(Level[options.clearance.upper()]),
        level=int(Level[options.level.upper()]),
        categories=tuple(sorted(set(options.category))),
        features=tuple(sorted(set(options.feature))),
        purpose=options.purpose,
        destination=DestinationId(options.destination),
        access=options.access,
        day=options.day or datetime.now(UTC).date().isoformat(),
        persons=options.persons,
        bulk=tuple(sorted(set(options.bulk))) or NOTHING_SENT,
    )
    explanation = explain(_settings(options), question)
    if options.json:
        print_json(asdict(explanation))
    else:
        _print(explanation)
    return 0 if explanation.verdict.allowed else 1


def _print(explanation: Explanation) -> None:
    verdict = explanation.verdict
    print_line(f"{verdict.destination}: {'allowed' if verdict.allowed else 'denied'}")
    for name, categories in (("mask", verdict.obligations.mask), ("drop", verdict.obligations.drop)):
        if categories:
            print_line(f"{name}: {', '.join(sorted(categories))}")
    rows = [("SPOKE", "RULE", "TITLE", "LEGAL BASIS")]
    rows += [("yes" if note.spoke else "", note.id, note.title, note.legal_basis) for note in explanation.rules]
    print_table(rows)
