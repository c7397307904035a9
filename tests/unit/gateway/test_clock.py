"""Identifiers of requests."""

from __future__ import annotations

import re
import time

from gateway.clock import new_request_id


def test_ids_are_not_repeated_and_have_one_form() -> None:
    made = {new_request_id() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", each) for each in made)


def test_the_id_of_a_later_request_stands_behind_that_of_an_earlier_one() -> None:
    earlier = new_request_id()
    time.sleep(0.002)
    assert earlier < new_request_id()
