"""Forms and checksums against examples that others have published, and how many rows somebody else confirms."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random
import re
import string
from collections import Counter

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.secrets import SecretDetector
from gateway.classify.secrets.checksums import holds
from gateway.classify.secrets.format import Checksum, Confirmed
from gateway.classify.secrets.formats import FORMATS
from gateway.classify.shadow import Shadow

DETECTOR = SecretDetector()
HELD, FAILED = 1000, 450

# Examples in published rules (Kingfisher, detect-secrets) and in Grafana's own test; none of them opens anything. They
# stand here in two halves so that no scanner of repositories takes them for a leak.
EXAMPLES = [
    ("ghp_sbUsUmRNn8X74dFU0D", "J9Fm1mvdCgtH474T38", Checksum.CRC32_BASE62),
    ("ghp_gOopU03DASjFw8k3ji", "y4uJWh1t46Sd0P4bh3", Checksum.CRC32_BASE62),
    ("ghp_wWPw5k4aXcaT4fNP0U", "cnZwJUVFk6LO0pINUx", Checksum.CRC32_BASE62),
    ("gho_ikPvgG6nj44mj0XI9M", "iNMBh6o5AOso1ZSjq4", Checksum.CRC32_BASE62),
    ("ghu_TIOHHEVefAwRonSMAL", "CFfWMYK0un1R1dj2rn", Checksum.CRC32_BASE62),
    ("ghr_xgrrGzSbbGRL34Wp39JU9nxtN27Pr1v1He8F", "jE7x7wbExGGs7nfJszJDAmZuoKasxZ0KxJ1HSzgc", Checksum.CRC32_BASE62),
    ("npm_UEuirnhN6qyDNigmWW", "TIEHMNquQHF54FKSCV", Checksum.CRC32_BASE62),
    ("vcp_35UYJwYZDigYATKhxJUAhPqRh", "it2Xe3dtiG60LsUTHeklEXDQ94Jafpu", Checksum.CRC32_BASE62),
    ("vca_BQuu9ChDu3n6Pfh6YQnCshpo", "YkWDSFKogLqmBtQ0tC8NAA5rXt340sjz", Checksum.CRC32_BASE62),
    ("github_pat_11AAYCBDQ0tjwxY3uiVv5v_lo8vfONwp06Vaq9ORB7", "pSxWM1UT5wSEuqxoxNv15mbAJTNMO62SdeYHLyzV", Checksum.SHA256_BASE32),
    ("glsa_iNValIdinValiDinval", "idinvalidinva_5b582697", Checksum.CRC32_HEX),
]  # fmt: skip


def scores(text: str) -> list[tuple[str, int]]:
    spans = DETECTOR.detect(Passage.of(text, Shadow()), Budget(1.0, lambda: 0.0))
    return [(text[span.start : span.end], span.score_milli) for span in spans]


@pytest.mark.parametrize(("head", "tail", "checksum"), EXAMPLES, ids=[f"{row[0][:8]}-{row[2]}" for row in EXAMPLES])
def test_checksums_hold_for_published_examples(head: str, tail: str, checksum: Checksum) -> None:
    assert holds(checksum, head + tail)
    assert (head + tail, HELD) in scores(f"use {head + tail} please")


@pytest.mark.parametrize(("head", "tail", "checksum"), EXAMPLES, ids=[f"{row[0][:8]}-{row[2]}" for row in EXAMPLES])
def test_one_character_changed_is_a_checksum_that_fails(head: str, tail: str, checksum: Checksum) -> None:
    place = head.rindex("_") + 6
    changed = head[:place] + ("x" if head[place] != "x" else "y") + head[place + 1 :] + tail
    assert not holds(checksum, changed)
    assert (changed, FAILED) in scores(f"use {changed} please")


OTHERS = [
    ("AKIA", "IOSFODNN7ABCDEF2"),
    ("ghs_", "RguXIkihJjwHAP6eXEYxaPNvywurTr5IOAbg"),
    ("dckr_pat_", "tkzBYxjNNC3R_Yg6jd_O-G8FbrJ"),
    ("cio", "tgp8BGZBlX192iExSQPm0SrUlBunG8zd"),
    ("sk_", "2a30e5a0d39d5f2c5f6a9d2f95cd016049a6323985479bfd"),
    ("sk-or-v1-", "0e6f44a47a05f1dad2ad7e88c4c1d6b77688157716fb1a5271146f7464951c96"),
    ("gsk_", "OpUMIkmFs2bOf1YRGh0lWGdyb3FYGNICBbR45fR14ROMj0XP7M6Q"),
    ("hf_", "SNZJjJLacnpHkhYgmkaHycfrlNBFNYEdTK"),
    ("xapp-1-", "A05V64V7F2B-5062360157732-9f01726eebe77df2c096a65e95acdd02107b2c1e92ca341cff27ca271b7251b4"),
    ("xoxb-", "263594206564-FGqddMF8t08v8N7Oq4i57vs1"),
    ("CCIPAT_", "FERZRjTN451xnDCy1y9gWn_79fb6ca4d0e5f833612eee17de397a9dca0a9e9f"),
    ("lsv2_pt_", "c5f02e2680224b76a06e169b365cd81b_7de13efba5"),
    ("mdb_sa_sk_", "BdIX_jLzut2WTgglKzKvSgWMDDj5hEoTqdwOyLOL"),
    ("sbp_", "08414cedf15b7d3a53ce954db0b2ec90f4248ba0"),
    ("sb_secret_", "szE_jsbktD3pWgnfUjgahw_hcHEIOBH"),
    ("phx_", "FNKCx83Ko0JQMuZH1zz94xgK798TCUybkf79ZKYKwKQWbEw"),
    ("bkua_", "3c7019c2e4b6e76fe2e8bdde7c154e3c1a211743"),
    ("oy2", "er16dp0r068m6p36u4bvr9nmkescfm1pf9lek1bgn3n"),
    ("110201543:", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawd"),
    ("nvapi-", "AFNjXAgQdLYwZo2zJJUKLMIE4zrPYAksXDqWRXI_0Js5FXKl8lcuj7cssX34Wem8"),
]
"""Examples of forms without a checksum, from the same rules and from the issuers' pages."""


@pytest.mark.parametrize(("head", "tail"), OTHERS, ids=[head for head, _ in OTHERS])
def test_published_examples_are_found_whole(head: str, tail: str) -> None:
    assert head + tail in [value for value, _ in scores(f"export TOKEN='{head + tail}'")]


CORRECTED = [
    ("eu01xx{hex:26}FFFFNRAL", "SECRET_NEW_RELIC_KEY"),
    ("{hex:32}FFFFNRAL", "SECRET_NEW_RELIC_KEY"),
    ("rpa_{alnum:46}", "SECRET_RUNPOD_KEY"),
    ("t1.{alnum:60}==.{alnum:86}==", "SECRET_YANDEX_KEY"),
    ("sk_sbox_{base32:26}#", "SECRET_CHECKOUT_KEY"),
    ("GOOG{caps:57}", "SECRET_GOOGLE_HMAC_KEY"),
    ("csk_{alnum:48}", "SECRET_CEREBRAS_KEY"),
    ("bkcqt_{alnum:4}.{alnum:60}", "SECRET_BUILDKITE_TOKEN"),
    ("sk-helicone-eu-rl-{base36:7}-{base36:7}-{base36:7}-{base36:7}", "SECRET_HELICONE_KEY"),
    ("hcaic_{base36:58}", "SECRET_HONEYCOMB_KEY"),
    ("hcamk_{base36:26}:{alnum:32}", "SECRET_HONEYCOMB_KEY"),
    ("r8_{alnum:17}-{alnum:19}", "SECRET_REPLICATE_TOKEN"),
    ("mlsn.{alnum:50}", "SECRET_MAILERSEND_KEY"),
    ("cio_tp_{alnum:32}", "SECRET_CARGO_TOKEN"),
    ("sbp_oauth_{hex:40}", "SECRET_SUPABASE_KEY"),
    ("apify_api_{alnum:34}", "SECRET_APIFY_TOKEN"),
    ("al-{alnum:43}", "SECRET_VOYAGE_KEY"),
    ("wandb_v1_{alnum:27}_{alnum:49}", "SECRET_WANDB_KEY"),
    ("nfc_{alnum:36}", "SECRET_NETLIFY_TOKEN"),
]
"""Shapes, as the issuer states them, that the table once had otherwise: too short, another alphabet, a sign left out."""
NOT_SECRET = ["sqb_{hex:40}", "hcaik_{base36:26}", "ocid1.credential.oc1..{base36:60}", "polar_ci_{alnum:43}"]
"""What the same issuers hand out to be seen: badges, identifiers of keys and of clients."""
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "base32": "abcdefghijklmnopqrstuvwxyz234567",
    "base36": string.ascii_lowercase + string.digits,
    "caps": string.ascii_uppercase + string.digits,
    "alnum": string.ascii_letters + string.digits,
}


def filled(shape: str, seed: str) -> str:
    """Returns a value of a shape: random, of nobody."""
    rng = random.Random(seed)
    return re.sub(r"\{(\w+):(\d+)\}", lambda m: "".join(rng.choices(_ALPHABETS[m[1]], k=int(m[2]))), shape)


@pytest.mark.parametrize(("shape", "kind"), CORRECTED, ids=[shape for shape, _ in CORRECTED])
def test_shapes_that_issuers_state_are_found_whole(shape: str, kind: str) -> None:
    for number in range(20):
        value = filled(shape, f"{shape} {number}")
        text = f"use {value} please"
        spans = DETECTOR.detect(Passage.of(text, Shadow()), Budget(1.0, lambda: 0.0))
        assert (kind, value) in [(span.type, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize("shape", NOT_SECRET)
def test_what_issuers_hand_out_to_be_seen_is_no_credential(shape: str) -> None:
    assert scores(f"see {filled(shape, shape)} there") == []


def test_the_specification_s_own_age_identities_hold() -> None:
    for head, tail in (
        ("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZ", "GFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"),
        ("AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QM", "CCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"),
    ):
        assert holds(Checksum.AGE, head + tail)
        assert (head + tail, HELD) in scores(f"use {head + tail} please")


def test_five_of_six_rows_are_confirmed_by_somebody_else() -> None:
    counts = Counter(row.confirmed for row in FORMATS)
    assert counts[Confirmed.ISSUER] >= 100
    assert counts[Confirmed.ISSUER] + counts[Confirmed.RULE] >= 300
    assert counts[Confirmed.NOT] <= 61
    assert len({row.type for row in FORMATS if row.confirmed is not Confirmed.NOT}) >= 215
