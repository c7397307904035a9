"""Every text that the engine would accept and OPA would not is refused before the engine sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import StartupError
from gateway.policy.preflight import Report, require_pass
from tests.unit.gateway.policy.samples import full_report, quick_report, shipped_bundle, with_module, without_module

HEAD = "package gateway.route\n\n"
METADATA = """# METADATA
# title: A rule for a test
# description: It is only here to be refused or not.
# custom:
#   id: X-1
#   legal_basis: Company rule
#   owner: platform
"""
RULE_TEST = """package gateway.tests.x_1

import data.gateway.fixtures

test_x if fixtures.objects("X-1", {}) == false
"""


def report_on(text: str) -> Report:
    """The report of the shipped bundle with one more production file."""
    return quick_report(with_module(shipped_bundle(), "route/extra.rego", HEAD + text))


def codes(report: Report) -> set[str]:
    """The codes of the problems found."""
    return {problem.code for problem in report.problems}


def test_the_shipped_bundle_passes_with_all_its_tests() -> None:
    report = full_report(shipped_bundle())

    assert report.problems == ()
    assert len(report.tests) >= 60
    assert all(test.passed for test in report.tests)
    require_pass(report)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("x if not inpt.question", "unresolved-name", id="misspelt input"),
        pytest.param("x if unbound", "unresolved-name", id="unbound variable"),
        pytest.param("x { true }", "syntax", id="v0 body"),
        pytest.param("import rego.v1\n\nx { true }", "syntax", id="v0 body under the v1 import"),
        pytest.param('x if not net.cidr_contains("10.0.0.0/8", "10.0.0.1")', "unknown-function", id="missing built-in"),
        pytest.param('x := 1 + "a"', "type-error", id="number plus string"),
        pytest.param("x if {\n\ty := 1\n\ty := 2\n}", "assigned-twice", id="assigned twice"),
        pytest.param("x if nobody_knows(1)", "unknown-function", id="unknown function"),
        pytest.param("x if y\n\ny if x", "recursion", id="recursion"),
        pytest.param("x := 1 if level == 1\n\nx := 2 if level == 1", "two-values", id="two values of a complete rule"),
        pytest.param("x if every y in [1] {\n\ty == 1\n}", "does-not-compile", id="one-line every"),
    ],
)
def test_refuses_what_the_engine_silently_accepts(text: str, code: str) -> None:
    assert code in codes(report_on(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("x if input.quesion.level == 1", "unresolved-name", id="misspelt input root"),
        pytest.param("x if input.question.levle == 1", "unresolved-name", id="field outside the schema"),
        pytest.param("x if data.limits.no_such_limit == 1", "unresolved-name", id="missing data"),
        pytest.param("x if data.gateway.route.no_such_rule", "unresolved-name", id="missing rule"),
        pytest.param("import data.gateway.nowhere\n\nx if nowhere.y", "unresolved-name", id="import of nothing"),
        pytest.param("x if {\n\ty := z\n\tz := y\n}", "unsafe-variable", id="circular variables"),
        pytest.param("x if data.limits.purposes[which] == []", "unresolved-name", id="unbound index"),
        pytest.param("x if {\n\tsome y\n\ty == 1\n}", "syntax", id="bare some"),
        pytest.param("x = 1", "syntax", id="equals sign in a head"),
        pytest.param("x if {\n\tlevel = 1\n}", "syntax", id="unification"),
        pytest.param("x[y] if {\n\tsome y in [1]\n}", "syntax", id="partial object"),
        pytest.param('x := $"{level}"', "syntax", id="interpolated string"),
        pytest.param("x if level == 1 and kind", "syntax", id="two statements on a line"),
        pytest.param("x if {}", "syntax", id="empty body"),
        pytest.param('x := "unfinished', "syntax", id="unfinished string"),
        pytest.param("x if time.now_ns() > 0", "unknown-function", id="clock"),
        pytest.param('x if http.send({"method": "get"})', "unknown-function", id="network"),
        pytest.param("x if rand.intn(level, 2) == 1", "unknown-function", id="chance"),
        pytest.param("x if opa.runtime().env", "syntax", id="runtime"),
        pytest.param("x if count(1, 2) == 1", "wrong-arguments", id="wrong number of arguments"),
        pytest.param("f(y) := y\n\nx if f(1, 2) == 1", "wrong-arguments", id="wrong arguments of a function"),
        pytest.param("f(y) := f(y)", "recursion", id="recursive function"),
        pytest.param("x := y if {\n\tsome y in [1, 2]\n}", "two-values", id="value from an iteration"),
        pytest.param("x contains 1\n\nx := 2", "mixed-rule", id="set and value"),
        pytest.param("default x := 1\n\ndefault x := 2", "mixed-rule", id="two defaults"),
        pytest.param("x := [1] - [2]", "type-error", id="array minus array"),
        pytest.param("x if level == 1 with input.question as {}", "with-outside-tests", id="with in production"),
        pytest.param(
            "x if {\n\tevery a in [1] {\n\t\tevery b in [2] {\n\t\t\ta < b\n\t\t}\n\t}\n}",
            "nested-every",
            id="nested every",
        ),
        pytest.param(
            'x if {\n\tevery p in [{"r": 1}] {\n\t\tr := 1\n\t\tp.r == r\n\t}\n}',
            "field-like-variable",
            id="field named like a variable",
        ),
        pytest.param('deny contains "Y-1" if level == 1', "rule-id", id="a denial outside the rules folder"),
        pytest.param("x := " + "(" * 500 + "1" + ")" * 500, "syntax", id="deep nesting"),
    ],
)
def test_refuses_what_is_outside_the_portable_subset(text: str, code: str) -> None:
    assert code in codes(report_on(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(
            'test_y if {\n\troute.allow with input as {"level": 1}\n}', "with-whole-document", id="whole input"
        ),
        pytest.param(
            "q := {}\n\ntest_y if {\n\troute.allow with input.question as q\n}", "with-rule-value", id="rule as a value"
        ),
    ],
)
def test_refuses_tests_that_the_engine_aborts_on_or_misreads(text: str, code: str) -> None:
    text = "package gateway.tests.y\n\nimport data.gateway.route\n\n" + text
    bundle = with_module(shipped_bundle(), "route/y_test.rego", text)

    assert code in codes(full_report(bundle))


def test_accepts_a_well_formed_rule_with_a_test() -> None:
    text = METADATA + HEAD + 'deny contains "X-1" if principal_class == "external"'
    bundle = with_module(shipped_bundle(), "rules/x_1/x_1.rego", text)
    bundle = with_module(bundle, "rules/x_1/x_1_test.rego", RULE_TEST)

    report = full_report(bundle)

    assert report.problems == ()
    assert "X-1" in report.rules


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ("", "missing-metadata"),
        (METADATA.replace("#   legal_basis: Company rule\n", ""), "missing-metadata"),
        (METADATA.replace("X-1", "X-2"), "rule-id"),
        (METADATA.replace("X-1", "SEC-1"), "rule-id"),
        (METADATA, "missing-test"),
    ],
)
def test_refuses_a_rule_nobody_can_account_for(metadata: str, code: str) -> None:
    text = metadata + HEAD + 'deny contains "X-1" if level == 3'

    assert code in codes(quick_report(with_module(shipped_bundle(), "rules/x_1/x_1.rego", text)))


def test_refuses_an_entrypoint_that_does_not_exist() -> None:
    bundle = shipped_bundle()
    bundle = replace(bundle, manifest=replace(bundle.manifest, entrypoint="gateway/route/decison"))

    assert codes(quick_report(bundle)) == {"no-entrypoint"}


def test_refuses_an_answer_that_is_not_a_decision() -> None:
    bundle = shipped_bundle()
    text = bundle.modules["route/decision.rego"].replace('"log_level": log_level,', "")

    assert codes(quick_report(with_module(bundle, "route/decision.rego", text))) == {"canary"}


def test_refuses_a_bundle_that_allows_a_destination_outside_the_catalogue() -> None:
    bundle = shipped_bundle()
    text = bundle.modules["route/decision.rego"]
    start, end = text.index("allow if {"), text.index("decision := {")
    text = text[:start] + "allow if level == 0\n\n" + text[end:].replace('"deny": deny', '"deny": set()')

    assert "canary" in codes(quick_report(with_module(bundle, "route/decision.rego", text)))


def test_refuses_a_bundle_whose_tests_fail_or_are_undefined() -> None:
    for statement in ("false", 'fixtures.objects("SEC-1", {}) == true', "data.fixtures.question.level == 99"):
        text = f"package gateway.tests.y\n\nimport data.gateway.fixtures\n\ntest_y if {statement}\n"
        report = quick_report(with_module(shipped_bundle(), "route/y_test.rego", text))
        assert codes(report) == {"test-failed"}


def test_refuses_a_bundle_without_tests_and_without_rules_for_them() -> None:
    bundle = shipped_bundle()
    for path in bundle.tests:
        bundle = without_module(bundle, path)

    assert "missing-test" in codes(full_report(bundle))


def test_refuses_a_package_outside_the_roots() -> None:
    bundle = with_module(shipped_bundle(), "route/extra.rego", "package elsewhere\n\nx := 1\n")

    assert "outside-roots" in codes(quick_report(bundle))


def test_starting_names_the_place_of_the_first_problem() -> None:
    with pytest.raises(StartupError, match=r"route/extra\.rego:3: unresolved-name"):
        require_pass(report_on("x if not inpt.question"))


def test_a_tested_bundle_is_not_tested_again_and_any_change_is() -> None:
    bundle = replace(shipped_bundle(), tested=True)

    assert quick_report(bundle).tests == ()
    assert quick_report(replace(bundle, tested=False)).tests != ()
