"""The whole cascade: names of languages, false alarms on made text, cost, and no way out to a network."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.shadow import Shadow
from gateway.classify.source_code import SourceCodeDetector
from gateway.classify.source_code.training.made import made_windows
from gateway.classify.source_code.trigrams import TABLE, TrigramTable
from tests.unit.gateway.classify.cost import least_cpu_s
from tests.unit.gateway.classify.source_code.test_source_code import CODE

DETECTOR = SourceCodeDetector()
BUDGET = Budget(1.0, lambda: 0.0)
NAMES = {"python": "python", "typescript": "typescript", "go": "go", "rust": "rust", "java": "java"}


def count(text: str) -> int:
    return len(list(DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)))


@pytest.mark.parametrize("name", NAMES)
def test_a_grammar_names_the_language(name: str) -> None:
    assert DETECTOR.language_of(CODE[name]) == NAMES[name]


def test_prose_has_no_language() -> None:
    assert DETECTOR.language_of("Dear (all): the committee met, on Monday; it discussed {the} budget = large.") is None


def test_made_text_that_is_no_code_raises_at_most_one_false_alarm_in_a_hundred() -> None:
    texts = [window.text for window in made_windows(random.Random(4711), 60) if not window.is_code]
    assert sum(bool(count(text)) for text in texts) <= len(texts) / 100


def test_what_may_not_be_found_is_not_found() -> None:
    for window in made_windows(random.Random(42), 20):
        passage = Passage.of(window.text, Shadow())
        if not DETECTOR.may_find(passage):
            assert count(window.text) == 0


def test_the_table_is_small() -> None:
    assert TABLE.stat().st_size <= 200_000
    assert TrigramTable.load().mean(b"") == 0.0


@pytest.mark.parametrize("text", ["", "\n", "x", "\n\n\n", "   ", "a\nb"])
def test_texts_too_short_to_tell_are_no_code(text: str) -> None:
    assert count(text) == 0


TECHNICAL = {
    "changelog": "tool (1.2-3) unstable; urgency=medium\n\n  * New upstream release.\n  * d/rules: pass --sysconfdir to configure.\n  * Drop fix-link.patch, applied upstream (closes: #123456).\n\n -- A. Packager <a@example.test>  Mon, 02 Mar 2026 10:00:00 +0100\n",
    "yaml": "options:\n  _input:\n    description: Elements to combine.\n    type: list\n    required: true\n  set_size:\n    description: The size of the set.\n    type: int\nsteps:\n  - name: build\n    run: make all\n",
    "manual": "NAME\n       tool - shows the state of a volume\n\nSYNOPSIS\n       tool [-v] [--format=FORMAT] VOLUME...\n\nOPTIONS\n       -v, --verbose\n              Say more about each step.\n\n       --format=FORMAT\n              One of text or json, see tool.conf(5).\n",
    "messages": '#: src/main.c:112\n#, c-format\nmsgid "cannot open %s: %s"\nmsgstr "%s kann nicht geoeffnet werden: %s"\n\n#: src/main.c:140\nmsgid "Usage: %s [OPTION]... FILE\\n"\nmsgstr "Aufruf: %s [OPTION]... DATEI\\n"\n',
    "markdown": "## `server.close([callback])`\n\n* `callback` {Function}\n* Returns: {Server}\n\nStops the server from accepting new connections.\nSee [`net.Server`][] and the option `--max-sockets`.\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TECHNICAL)
def test_technical_text_is_no_code(name: str) -> None:
    assert count(TECHNICAL[name]) == 0


FIVE_LINES = {
    "perl": 'my $self = shift;\nmy ($name, %args) = @_;\nreturn unless defined $name;\n$self->{_names}{$name} ||= [];\npush @{ $self->{_names}{$name} }, $args{value};\n',
    "shell": 'if [ -z "$TARGET" ]; then\n    echo "usage: $0 TARGET" >&2\n    exit 1\nfi\nmkdir -p "$ROOT/$TARGET"\n',
    "shell, a case": 'case "$1" in\n    -h|--help)\n        usage\n        exit 0\n        ;;\n    -o|--overwrite)\n        FORCE=yes\n        ;;\nesac\n',
    "shell, a function": 'push_one ()\n{\n    local ref="$1"\n    test -n "$ref" || return 2\n    echo "pushing $ref" >&2\n}\n',
    "css": ".card > .title {\n  margin: 0 auto;\n  padding: 4px 8px;\n  color: #333;\n}\n",
    "ruby": "def total\n  items.map(&:price).reduce(0) do |sum, price|\n    sum + price.to_i\n  end\nend\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FIVE_LINES)
def test_five_lines_between_sentences_are_found(name: str) -> None:
    assert count(f"Could you tell me what this does?\n\n{FIVE_LINES[name]}\nThank you, and kind regards.") == 1


SHAPES = [
    "```\n",
    "{",
    "x = y\n",
    "def f(:\n",
    "@@ -1 +1 @@\n",
    "--- a/x\n+++ b/x\n",
    "(",
    "a.b(c);\n\n\nThe end of it.\n",
    "\n",
    "é{",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_shapes_cost_in_proportion_to_their_length(shape: str) -> None:
    text = (shape * 200_000)[:200_000]
    assert least_cpu_s(lambda: list(DETECTOR.detect(Passage.of(text, Shadow()), BUDGET))) < 1.0


THREE_LINES = {
    "python": "def total(rows):\n    amounts = [row.amount for row in rows]\n    return sum(amounts)\n",
    "shell": 'for name in "$@"; do\n    rm -f -- "$name.tmp"\ndone\n',
    "perl": "sub name {\n    my ($self) = @_;\n    return $self->{name};\n}\n",
    "objective-c": "- (void)close\n{\n  [_operations removeAllObjects];\n}\n",
    "c": "#include <stdio.h>\n#include <string.h>\n#define LIMIT 4096\n",
}


@pytest.mark.parametrize("name", THREE_LINES)
def test_three_lines_of_code_between_sentences_are_found(name: str) -> None:
    assert count(f"Could somebody explain this to me?\n\n{THREE_LINES[name]}\nIt has worked for years.\n") == 1


SETTINGS = {
    "ini": "[main]\nmode = standard\nresize = auto\nshape = arrow\nwidth = 1200\nheight = 900\nfill =\n",
    "toml": '[tool.build]\ntarget = "wheel"\nlevel = 3\ncache = true\npaths = ["one", "two"]\n',
    "yaml": "router:\n  model: auto/one\n  weights:\n    quality: 0.7\n    cost: 0.3\n  redirect: general.one.two\n",
    "json": '  "waiters" : {\n    "Done" : {\n      "delay" : 10,\n      "accept" : [ {\n        "state" : "success"\n      } ]\n',
    "json, names": '    "INACTIVE",\n    "COLLECTING_DATA",\n    "INSUFFICIENT_DATA",\n    "FAULT_SERVICE"\n  ]\n',
    "unit": "[Service]\nType=notify\nExecStart=/usr/sbin/worker --config /etc/worker.conf\nRestart=on-failure\nUser=worker\n",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_and_data_are_no_code(name: str) -> None:
    assert count(SETTINGS[name]) == 0
