"""`gateway providers`: the catalogue's facts, and access states of a running gateway.

`facts` reads the catalogue. The others ask a running gateway, with an operator's key from `GATEWAY_OPERATOR_KEY`: what
an operator does must reach every request at once and be on record.
"""

from __future__ import annotations

import argparse
from urllib.parse import quote

from gateway.commands.operator import ask
from gateway.commands.options import add_config, add_json, print_json, print_line, print_table
from gateway.policy.bundle import catalog_path
from gateway.settings import PolicySettings, Settings
from routers.catalog import load_catalog
from routers.types import Destination


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describes the command."""
    providers = subparsers.add_parser("providers", help="facts and access states of destinations")
    actions = providers.add_subparsers(required=True)
    facts = actions.add_parser("facts", help="show what is stated about each destination, by whom and when")
    facts.add_argument("destination", nargs="?")
    facts.set_defaults(run=_facts)
    add_config(facts)
    listing = actions.add_parser("list", help="list destinations and models that are not active")
    listing.set_defaults(run=_list)
    for action, meaning in (("suspend", "close a destination at once"), ("restore", "open it again")):
        parser = actions.add_parser(action, help=meaning)
        parser.add_argument("destination")
        parser.add_argument("--model", default="", help="only this model there; default: the whole destination")
        parser.add_argument("--reason", required=True, help="for the record")
        parser.set_defaults(run=_change, action=action)
        _add_url(parser)
    _add_url(listing)
    for parser in (facts, listing):
        add_json(parser)


def _add_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the running gateway")


def _facts(options: argparse.Namespace) -> int:
    settings = PolicySettings() if options.config is None else Settings.load(options.config).policy
    catalog = load_catalog(catalog_path(settings))
    shown = [d for d in catalog.destinations.values() if options.destination in (None, d.id)]
    rows = [row for destination in shown for row in _rows(destination)]
    if options.json:
        names = ("destination", "fact", "value", "confidence", "retrieved", "review_by", "source")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table([("DESTINATION", "FACT", "VALUE", "CONFIDENCE", "RETRIEVED", "REVIEW BY", "SOURCE"), *rows])
    return 0 if rows else 1


def _rows(destination: Destination) -> list[tuple[str, ...]]:
    facts = destination.facts
    named = {name: getattr(facts, name) for name in facts.__slots__}
    return [
        (destination.id, name, str(f.value), f.confidence.value, str(f.retrieved), str(f.review_by), f.source)
        for name, f in named.items()
    ]


def _list(options: argparse.Namespace) -> int:
    states = ask(options.url, "/operator/providers", None)["states"]
    if options.json:
        print_json(states)
    elif states:
        heading = ("DESTINATION", "MODEL", "ACCESS", "CAUSE", "EVIDENCE", "ACTOR")
        print_table([heading, *(tuple(str(state[name.lower()]) for name in heading) for state in states)])
    else:
        print_line("every configured destination is active")
    return 1 if states else 0


def _change(options: argparse.Namespace) -> int:
    order = {"action": options.action, "model": options.model, "reason": options.reason}
    ask(options.url, f"/operator/providers/{quote(options.destination, safe='')}", order)
    print_line(f"{options.destination} {options.model or '(every model)'}: {options.action} done")
    return 0
