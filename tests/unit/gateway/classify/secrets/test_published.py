"""Forms and checksums against examples that others have published, and how many rows somebody else confirms."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

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


def test_half_of_the_rows_are_confirmed_by_somebody_else() -> None:
    counts = Counter(row.confirmed for row in FORMATS)
    assert counts[Confirmed.ISSUER] >= 25
    assert counts[Confirmed.ISSUER] + counts[Confirmed.RULE] >= 170
    assert len({row.type for row in FORMATS if row.confirmed is not Confirmed.NOT}) >= 130
