"""What loading Presidio and spaCy leaves out, and that it can still be loaded by whoever needs it."""

from __future__ import annotations

import json
import subprocess
import sys

_LEFT_OUT = ("filelock", "requests", "requests_file", "spacy.cli", "spacy.ml", "spacy.pipeline", "torch", "urllib3")
_LOAD = f"""
import json, sys
from gateway.classify.presidio.library import pin_suffix_list, spacy, tldextract
pin_suffix_list()
loaded = [name for name in {_LEFT_OUT!r} if name in sys.modules]
suffix = tldextract.tldextract.TLD_EXTRACTOR("http://a.example.co.uk/").suffix
import filelock, requests
english = spacy.blank("en")
english.add_pipe("sentencizer")
other = spacy.blank("xx")
other.add_pipe("ner")
sentences = len(list(english("One. Two.").sents))
print(json.dumps([loaded, suffix, sentences, other.pipe_names, requests.Session.__module__]))
"""


def test_loading_is_light_and_leaves_nothing_in_the_way_of_the_real_packages() -> None:
    """In a process of its own: what other tests loaded before would count."""
    done = subprocess.run([sys.executable, "-c", _LOAD], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [[], "co.uk", 2, ["ner"], "requests.sessions"]


_AFTER_THE_REAL_SESSION = """
import requests
from gateway.classify.presidio.library import pin_suffix_list, tldextract
pin_suffix_list()
print(tldextract.extract("http://a.example.co.uk/").suffix)
"""


def test_what_loaded_requests_before_does_not_keep_the_library_from_loading() -> None:
    done = subprocess.run([sys.executable, "-c", _AFTER_THE_REAL_SESSION], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "co.uk"
