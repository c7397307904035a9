"""Messages of programs to learn from, in the forms that packages hold them, and models averaged."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from gateway.classify.names.lexicon import Known, Lexicon
from gateway.classify.names.training.average import averaged
from gateway.classify.names.training.program_texts import program_texts, together
from gateway.classify.names.training.slots import arranged
from gateway.classify.names.weights import Weights
from tests.unit.gateway.classify.names.training.test_everyday import catalogue


def test_messages_are_read_from_every_form_but_for_those_that_name_people(tmp_path: Path) -> None:
    catalogue(tmp_path / "locale", "tool", {"Open it": "Öffnen", "Written by %s": "Geschrieben von %s"}, "de_DE")
    catalogue(tmp_path / "locale", "tool", {"Open": "Ouvrir"}, "fr")
    compiler = tmp_path / "lib" / "de" / "diagnosticMessages.generated.json"
    compiler.parent.mkdir(parents=True)
    compiler.write_text(json.dumps({"Unused_1": "Unbenutzt.", "ask Qavo Zqabel": "Frage Qavo Zqabel"}), "utf-8")
    editor = 'globalThis._VSCODE_NLS_MESSAGES=["Einfügen",null,"OK"];'
    (tmp_path / "nls.messages.de.js").write_text(editor, "utf-8")
    (tmp_path / "nls.messages.fr.js").write_text("nothing is listed here", "utf-8")
    assert sorted(program_texts([tmp_path], ("de",))) == ["Einfügen", "Unbenutzt.", "Öffnen"]
    assert program_texts([tmp_path], ("fr",)) == ["Ouvrir"]


def test_lists_of_messages_hold_whole_messages_one_a_line() -> None:
    texts = [f"message {number}" for number in range(40)]
    lists = list(together(texts, 30, Random(1)))
    assert len(lists) == 30
    assert {line for each in lists for line in each.split("\n")} <= set(texts)
    assert max(each.count("\n") for each in lists) <= 7
    assert list(together([], 30, Random(1))) == []


def model(weights: dict[int, list[int]], scale: float, listed: dict[str, Known]) -> dict[str, NDArray[np.generic]]:
    """A model file of a few features."""
    hashes = np.array(sorted(weights), np.uint32)
    rows = np.array([weights[int(each)] for each in hashes], np.int16)
    words, flags = Lexicon.arrays({word: int(known) for word, known in listed.items()})
    table = arranged(hashes, rows)
    return {
        **table,
        "scale": np.array(scale),
        "moves": np.full((7, 7), scale, np.float32),
        "words": words,
        "known": flags,
    }


def test_the_mean_of_two_models_weighs_a_feature_of_one_half() -> None:
    one = model(
        {11: [8, 0, 0, 0, 0, 0, 0], 1 << 30: [0, 4, 0, 0, 0, 0, 0]}, 0.5, {"knopf": Known.COMMON, "anna": Known.FIRST}
    )
    other = model(
        {11: [4, 0, 0, 0, 0, 0, 2]}, 1.0, {"bouton": Known.COMMON | Known.READ, "anna": Known.FIRST | Known.READ}
    )
    mean = averaged(one, other)
    weights = Weights(
        mean["multipliers"].astype(np.uint32),
        mean["hashes"].astype(np.uint32),
        mean["weights"].astype(np.int16),
        float(mean["scale"].astype(float)),
    )
    totals = weights.total(np.array([[11, 1 << 30, 77]], np.uint32))
    assert np.allclose(totals[0, :7], [4, 0, 0, 0, 0, 0, 1], atol=1e-3)
    assert np.allclose(totals[1, :7], [0, 1, 0, 0, 0, 0, 0], atol=1e-3)
    assert not totals[2].any()
    assert np.allclose(mean["moves"], 0.75)
    lexicon = Lexicon(mean["words"].astype(np.uint32), mean["known"].astype(np.uint8))
    assert lexicon.known("knopf") == Known.COMMON
    assert lexicon.known("bouton") == Known.COMMON | Known.READ
    assert lexicon.known("anna") == Known.FIRST
