"""Everything a name in a policy may stand for: rules, data documents, the fields of the input, built-ins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.policy.rego.syntax import Form, Module, Path, Ref, Rule, Scalar

BUILTINS: Mapping[str, int] = MappingProxyType(
    {
        "abs": 1, "array.concat": 2, "array.reverse": 1, "array.slice": 3, "ceil": 1, "concat": 2, "count": 1,
        "endswith": 2, "floor": 1, "format_int": 2, "indexof": 2, "intersection": 1, "is_array": 1, "is_boolean": 1,
        "is_null": 1, "is_number": 1, "is_object": 1, "is_set": 1, "is_string": 1, "lower": 1, "max": 1, "min": 1,
        "object.filter": 2, "object.get": 3, "object.keys": 1, "object.remove": 2, "object.union": 2, "product": 1,
        "regex.match": 2, "replace": 3, "round": 1, "set": 0, "sort": 1, "split": 2, "sprintf": 2, "startswith": 2,
        "substring": 3, "sum": 1, "to_number": 1, "trim": 2, "trim_prefix": 2, "trim_space": 1, "trim_suffix": 2,
        "type_name": 1, "union": 1, "upper": 1,
    }
)  # fmt: skip
"""Pure built-ins that every engine has, with their number of arguments. No clock, chance, network or addresses."""

INPUT_ROOT = "question"


@dataclass(frozen=True, slots=True)
class World:
    """What names resolve to. `rules` are by package and then by name."""

    rules: Mapping[Path, Mapping[str, tuple[Rule, ...]]]
    data: object
    fields: frozenset[str]

    def why_not_data(self, path: Path) -> str | None:
        """Returns what is wrong with a path below `data`, without its first part; `None` if it resolves."""
        for package, rules in self.rules.items():
            if path[: len(package)] == package and len(path) > len(package):
                return None if path[len(package)] in rules else f"data.{'.'.join(path)} is not defined"
        if any(package[: len(path)] == path for package in self.rules):
            return None
        document = self.data
        for name in path:
            if not isinstance(document, dict) or name not in document:
                return f"data.{'.'.join(path)} does not exist"
            document = document[name]
        return None

    def why_not_input(self, path: Path) -> str | None:
        """Returns what is wrong with a path below `input`, without its first part; `None` if it resolves."""
        if not path or path[0] != INPUT_ROOT:
            return f"only input.{INPUT_ROOT} exists"
        if len(path) > 1 and path[1] not in self.fields:
            return f"input.{'.'.join(path)} is not in the input schema"
        return None


def world_of(modules: Iterable[Module], data: str, schema: str) -> World:
    """Returns the world of these modules, one JSON data document and the JSON Schema of the question."""
    rules: dict[Path, dict[str, tuple[Rule, ...]]] = {}
    for module in modules:
        package = rules.setdefault(module.package, {})
        for rule in module.rules:
            package[rule.name] = (*package.get(rule.name, ()), rule)
    properties: dict[str, object] = json.loads(schema).get("properties", {})
    return World(rules, json.loads(data), frozenset(properties))


def literal_prefix(ref: Ref) -> Path:
    """Returns the leading parts of a reference that are known without evaluating."""
    found: list[str] = []
    for part in ref.path:
        if not isinstance(part, Scalar) or not isinstance(part.value, str):
            break
        found.append(part.value)
    return tuple(found)


def arity(rules: tuple[Rule, ...]) -> int | None:
    """Returns how many arguments a function takes; `None` if the name is no function."""
    return len(rules[0].args) if rules and rules[0].form is Form.FUNCTION else None
