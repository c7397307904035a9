"""The fixed places of decode passes hold exactly the pass that was put there last."""

from __future__ import annotations

from selfhost.engine.batch import Row
from selfhost.engine.decoding import Inputs


def test_a_pass_is_at_its_places_and_spare_rows_belong_to_nobody() -> None:
    inputs = Inputs(4, 16, 128, "cpu")
    inputs.put([Row([9], 128 * 2 + 5, [7, 3, 11]), Row([8], 0, [5])])
    batch = inputs.batch
    assert batch.tokens.tolist() == [9, 8, 0, 0]
    assert batch.positions.tolist() == [261, 0, 0, 0]
    assert batch.slots.tolist() == [11 * 128 + 5, 5 * 128, 0, 0]
    assert batch.seq_lens.tolist() == [262, 1, 0, 0]
    assert batch.block_table[:2, :3].tolist() == [[7, 3, 11], [5, 0, 0]]
    assert all(each.is_contiguous() for each in (batch.tokens, batch.slots, batch.seq_lens, batch.block_table))


def test_pages_that_grew_or_were_taken_away_are_seen() -> None:
    inputs, pages = Inputs(2, 16, 128, "cpu"), [4, 6]
    inputs.put([Row([1], 130, pages), Row([1], 3, [9])])
    pages.append(12)
    inputs.put([Row([1], 256, pages), Row([1], 4, [9])])
    assert inputs.batch.block_table[0, :3].tolist() == [4, 6, 12]
    inputs.put([Row([1], 256, [20, 21, 22]), Row([1], 5, [9])])
    assert inputs.batch.block_table[0, :3].tolist() == [20, 21, 22]
    inputs.put([Row([1], 6, [9])])
    assert inputs.batch.block_table[0, 0] == 9
    assert inputs.batch.seq_lens.tolist() == [7, 0]
