"""Scores as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.load.accuracy.scoring import Score


def class_table(score: Score) -> Iterator[str]:
    """Yields the lines of a table with a row for each class."""
    yield "| class | labelled | precision | recall | F2 | missed | false |"
    yield "|---|---|---|---|---|---|---|"
    for name, count in sorted(score.classes.items(), key=lambda item: (-item[1].labelled, item[0])):
        yield (
            f"| {name} | {count.labelled} | {count.precision:.3f} | {count.recall:.3f} | {count.f2:.3f} "
            f"| {count.missed} | {count.false} |"
        )


def document_lines(score: Score) -> Iterator[str]:
    """Yields what holds for whole documents."""
    yield f"documents with personal data: {score.personal}, not flagged: {score.missed} ({score.missed_share:.2%})"
    if score.missed_in_company:
        yield f"of these with nothing that counts by itself: {score.missed_in_company}"
    yield f"documents without: {score.clean}, flagged: {score.flagged} ({score.flagged_share:.2%})"
    if score.unlabelled:
        named = ", ".join(f"{name} {count}" for name, count in sorted(score.unlabelled.items()))
        yield f"findings of types the set does not label: {named}"


def group_table(groups: Iterable[tuple[str, Score]]) -> Iterator[str]:
    """Yields a row for each group: how much of what is labelled was covered by anything at all."""
    yield "| group | documents | labelled | covered | missed | flagged without a label | findings in a kB without one |"
    yield "|---|---|---|---|---|---|---|"
    for name, score in groups:
        documents = score.personal + score.clean
        shares = f"{score.coverage:.3f} | {score.missed_share:.3f} | {score.flagged_share:.3f}"
        yield f"| {name} | {documents} | {score.truths} | {shares} | {score.entities_per_kilobyte:.3f} |"
