"""What a call carries: every string leaf, read by every detector, combined into labels.

Keys that are no protocol field names, long numbers and unknown fields are read like any other text. A detector that
fails, for whatever reason, is named in `failed` and the call counts as regulated. A text that was read before is not
read again: what was found in it is kept by a keyed digest, and what depends on more than one text (joints, health
terms, labels) is put together from that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from gateway.classify import opaque
from gateway.classify.combine import label_types, raise_scores, resolve, top_scores
from gateway.classify.crossing import crossing_findings
from gateway.classify.detector import Budget, Revised, TextDetector
from gateway.classify.fields import FIELD_NAMES, FIXED_FIELDS, FIXED_VALUES
from gateway.classify.guard import guard
from gateway.classify.health import health_findings, is_about_somebody
from gateway.classify.memory.keys import TextKey, TextKeys
from gateway.classify.memory.opening import Kept
from gateway.classify.memory.port import NoMemory
from gateway.classify.memory.reading import Reading, without
from gateway.classify.opaque import encoded_leaves, opaque_blocks
from gateway.classify.reader import READER, Item, Reader
from gateway.classify.text_call import call_of
from gateway.classify.views.seams import NAME as SEAMS
from gateway.classify.views.seams import Stretch, stretches
from gateway.classify.views.source import ViewSource
from gateway.settings import ClassifySettings
from gateway.types import Call, Classification, Declared, Finding
from routers.types import Leaf, LeafKind

_WORKERS = 2
_LEAST_SHARE = 0.095
_WHOLE_SHARE_OCTETS = 2_100_000
"""A body of up to 200,000 octets may take 9.5 % of `classify.cpu_s`, one of 2.1 million all of it: of 10 s, what is
under way when that is spent still ends within a second."""
_OCTETS_OF_A_STRING = 8
"""What each string counts more: one of a few characters takes longer to read than they do in a long text."""
_QUICK = frozenset(("off", "crf"))
"""Settings of names with which that is ample. Further models read some kilobytes a second."""
_STRETCH_ROLE = "\0stretch"
"""No field name: a stretch is read by fewer detectors than a text, so it must not share a key with one."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a call with its key. `stretch` is set for the text around a joint."""

    key: TextKey
    item: Item
    stretch: Stretch | None = None


class CallClassifier:
    """Satisfies `gateway.ports.Classifier`."""

    def __init__(
        self,
        detectors: Sequence[TextDetector],
        settings: ClassifySettings,
        monotonic_s: Callable[[], float],
        *,
        sources: Sequence[ViewSource] = (),
        kept: Kept | None = None,
        index_root: Callable[[], str] = str,
        release: str = "",
    ) -> None:
        """Takes the detectors in the order in which they run, and further sources of text in a leaf.

        Without `kept` nothing is remembered, and what is counts for the same `release` alone. `index_root` is the root
        of the fingerprint index in use.
        """
        self._reader = Reader(detectors, sources, settings.score_milli)
        self._revised = tuple(each for each in (*detectors, *sources) if isinstance(each, Revised))
        self._release = release
        self._settings = settings
        self._monotonic_s = monotonic_s
        self._kept = kept or Kept(NoMemory(), bytes(32))
        self._index_root = index_root
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="classify")
        self._waiting = 0

    async def classify(self, call: Call) -> Classification:
        """Returns what the call carries; a large body is read on a worker thread. Never raises for content.

        The time a body waits for a worker counts. When too many wait, the next one counts as regulated at once.
        """
        deadline_s = self._monotonic_s() + self._settings.timeout_s
        if len(call.body) <= self._settings.offload_bytes and not self._kept.memory.is_remote:
            return self._read(call, deadline_s)
        if self._waiting >= self._settings.queue:
            return _unread(call)
        self._waiting += 1
        try:
            work = asyncio.get_running_loop().run_in_executor(self._workers, self._read, call, deadline_s)
            return await asyncio.wait_for(work, self._settings.timeout_s)
        except TimeoutError:
            return _unread(call)
        finally:
            self._waiting -= 1

    def read(self, call: Call) -> Classification:
        """Returns what the call carries; blocks for up to `timeout_s`. Never raises for content."""
        return self._read(call, self._monotonic_s() + self._settings.timeout_s)

    def read_text(self, text: str) -> Classification:
        """Returns what one text carries, as if it were the only string of a call. Never raises for content."""
        return self.read(call_of(text))

    def _read(self, call: Call, deadline_s: float) -> Classification:
        cpu_s = self._settings.cpu_s * (_share(call) if self._settings.names in _QUICK else 1.0)
        ask_from_s = time.monotonic() + cpu_s
        budget = Budget(deadline_s, self._monotonic_s, time.thread_time() + cpu_s, ask_from_s=ask_from_s)
        failed: set[str] = set()
        readings: dict[int, Reading] = {}
        findings: list[Finding] = []
        index_root = self._index_root()
        with guard(opaque.NAME, failed):
            findings += opaque_blocks(call.leaves, partial(self._reader.is_read, budget))
        with guard(READER, failed):
            revision = self._revision()
            texts = self._texts(call, revision)
            known = self._readings(texts, revision, budget, failed)
            readings = {
                each.item.number: known[each.key].at(each.item.number) for each in texts if each.stretch is None
            }
            with guard(SEAMS, failed):
                joints = [(each.stretch, known[each.key]) for each in texts if each.stretch is not None]
                findings += crossing_findings(joints, readings)
        names = tuple(sorted(failed))
        return _combined(readings, findings, names, call.declared, index_root)

    def _revision(self) -> str:
        return "\0".join((self._release, *(each.revision for each in self._revised)))

    def _texts(self, call: Call, revision: str) -> list[_Text]:
        """What is read of a call: its leaves, and the stretches around joints."""
        leaves = call.leaves
        keys = TextKeys(self._kept.secret, revision)
        encoded = encoded_leaves(leaves)
        texts = [
            _Text(keys.key(name := _field_name(leaf), leaf.text), Item(number, leaf, name, number in encoded))
            for number, leaf in enumerate(leaves)
            if _is_read(leaf)
        ]
        readable = (each.item.number for each in texts if not each.item.encoded)
        for stretch in stretches(leaves, readable):
            key = keys.key(_STRETCH_ROLE, stretch.text)
            leaf = Leaf(leaves[stretch.pieces[0].leaf].path, 0, 0, LeafKind.STRING, stretch.text)
            texts.append(_Text(key, Item(stretch.pieces[0].leaf, leaf), stretch))
        return texts

    def _readings(
        self, texts: Sequence[_Text], revision: str, budget: Budget, failed: set[str]
    ) -> dict[TextKey, Reading]:
        """What each text holds: as remembered, or read now. What could not be read in full is not kept."""
        memory = self._kept.memory
        known = memory.recall([(each.item.number, each.key) for each in texts])
        new = {each.key: each for each in texts if each.key not in known}
        leaves = [each for each in new.values() if each.stretch is None]
        joints = [each for each in new.values() if each.stretch is not None]
        read: dict[TextKey, Reading] = {}
        if leaves:
            found = self._reader.read([each.item for each in leaves], budget, failed)
            read.update(zip((each.key for each in leaves), found, strict=True))
        if joints:
            found = self._reader.read_stretches([each.item for each in joints], budget, failed)
            read.update(zip((each.key for each in joints), found, strict=True))
        if read and not failed and self._revision() == revision:  # else an index was replaced meanwhile
            memory.keep(read)
        return {**known, **read}


def _combined(
    readings: Mapping[int, Reading],
    further: Sequence[Finding],
    failed: tuple[str, ...],
    declared: Declared,
    index_root: str,
) -> Classification:
    """Everything together. The findings of one text are resolved already; further ones are resolved with them."""
    by_leaf: dict[int, list[Finding]] = {}
    for finding in further:
        by_leaf.setdefault(finding.leaf, []).append(finding)
    whole = {finding.leaf for finding in further if finding.detector == opaque.NAME}
    readings = {leaf: without(each, opaque.RUN) if leaf in whole else each for leaf, each in readings.items()}
    scores = top_scores(further)
    for reading in readings.values():
        raise_scores(scores, reading.scores)
    if is_about_somebody(scores):
        signs = [(leaf, each.health) for leaf, each in readings.items() if each.health is not None]
        for finding in health_findings(signs):
            by_leaf.setdefault(finding.leaf, []).append(finding)
            raise_scores(scores, {finding.type: finding.score_milli})
    findings: list[Finding] = []
    for leaf in sorted(readings.keys() | by_leaf.keys()) if by_leaf else readings:
        own = readings[leaf].findings if leaf in readings else ()
        findings += resolve((*own, *by_leaf[leaf])) if leaf in by_leaf else own
    labels = label_types(scores.keys(), failed, declared)
    return Classification(tuple(findings), labels, failed, index_root, scores=scores)


def _share(call: Call) -> float:
    """How much of `classify.cpu_s` a call may take."""
    octets = len(call.body) + _OCTETS_OF_A_STRING * len(call.leaves)
    return min(1.0, max(_LEAST_SHARE, octets / _WHOLE_SHARE_OCTETS))


def _is_read(leaf: Leaf) -> bool:
    if leaf.kind is LeafKind.KEY:
        return leaf.text not in FIELD_NAMES
    return leaf.path[-1] not in FIXED_FIELDS or leaf.text not in FIXED_VALUES


def _field_name(leaf: Leaf) -> str:
    """The field a value stands under: `"phone": "…"` says what the digits are."""
    if leaf.kind is LeafKind.KEY:
        return ""
    last = leaf.path[-1]
    return last if isinstance(last, str) else next((step for step in reversed(leaf.path) if isinstance(step, str)), "")


def _unread(call: Call) -> Classification:
    """The classification of a call that was not read in time."""
    return Classification((), label_types(set(), (READER,), call.declared), (READER,))
