# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.shadow import Shadow
from gateway.classify.source_code import SourceCodeDetector

DETECTOR = SourceCodeDetector()
BUDGET = Budget(1.0, lambda: 0.0)


def places(text: str) -> list[str]:
    return [text[span.start : span.end] for span in DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)]


CODE = {
    "python": "import os\nfrom pathlib import Path\n\ndef size(path):\n    return os.stat(path).st_size\n",
    "javascript": "const total = items.map((item) => item.price);\nfunction show(x) {\n  console.log(x);\n}\n",
    "typescript": "export interface Order {\n  id: string;\n}\nexport const load = async (id: string): Promise<Order> => {\n  return fetchOrder(id);\n};\n",
    "java": "public class Ledger {\n    private int total;\n    public int add(int amount) {\n        return total + amount;\n    }\n}\n",
    "c": '#include <stdio.h>\n\nint main(void) {\n    printf("%d\\n", 1);\n    return 0;\n}\n',
    "c++": "#include <vector>\nstd::vector<int> squares(int n) {\n    for (int i = 0; i < n; ++i) {\n        v.push_back(i * i);\n    }\n}\n",
    "go": 'package main\n\nfunc Add(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn a + b\n}\n',
    "rust": "use std::io;\n\npub fn add(a: i32, b: i32) -> i32 {\n    let total = a + b;\n    total\n}\n",
    "sql": "SELECT id, total FROM orders\nWHERE total > 100\nORDER BY total DESC;\n",
    "sql in small letters": "select o.id, o.total\nfrom orders o\nleft join users u on u.id = o.user_id\nwhere o.total > 100\ngroup by o.id;\n",
    "shell": '#!/bin/sh\nset -eu\nfor file in *.log; do\n    gzip "$file"\ndone\n',
    "diff": "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-a = 1\n+a = 2\n",
}  # fmt: skip


@pytest.mark.parametrize("code", CODE.values(), ids=CODE.keys())
def test_unfenced_code_is_found_between_prose(code: str) -> None:
    text = f"Hello, could you look at this for me please?\n\n{code}\nThank you very much, kind regards."
    (place,) = places(text)
    assert code.strip() in place or place.strip() in code
    assert len(place) > len(code) * 0.5


@pytest.mark.parametrize("language", ["python", "rust", "c++", "js"])
def test_a_fence_with_a_programming_language_is_code(language: str) -> None:
    assert "x\n" in places(f"see\n```{language}\nx\n```\nok")


PROSE = {
    "prose": "The committee met on Monday. It discussed the budget; several members asked for more time.\n" * 8,
    "a list": "- first, buy milk\n- second, call home\n- return the book\n* import duties are high\n1. for a while:\n",
    "a mail": "Dear all,\n\nPlease return the form (see below) by Friday.\n\nif you have questions:\nwrite to us.\n\nBest,\nJ.\n",
    "json": '{\n  "a": 1,\n  "b": [\n    {\n      "c": "x"\n    },\n    {\n      "c": "y"\n    }\n  ]\n}\n',
    "json fence": '```json\n{"a": {\n}\n}\n```',
    "yaml": "name: build\nsteps:\n  - run: tests\n  - uses: cache\n",
    "a log": "2026-11-21 10:00:00 INFO started\n2026-11-21 10:00:01 WARN slow answer (120 ms)\n" * 5,
    "select in prose": "Please select the best item from the list, where it matters most.\nOrder by Friday.\n",
    "markdown": "# Title\n\nSome *text* with `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "legal": "WHEREAS the parties agree;\nWHEREAS the seller owns the goods;\nNOW THEREFORE the parties (each a Party) agree:\n",
    "chinese": "这是一个普通的问题；请解释一下：为什么天空是蓝色的？\n" * 10,
}  # fmt: skip


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE.keys())
def test_prose_is_not_code(text: str) -> None:
    assert places(text) == []
