"""Many values are found exactly where few would be: the index changes the cost, not the answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.redact.occurrences import Claim, Mentions
from gateway.types import Strategy
from routers.types import Leaf, LeafKind

PART = st.text(alphabet='ab1_ -."王伟é', min_size=1, max_size=7)
CLAIM = Claim("PERSON", Strategy.PLACEHOLDER)
FILLER = {f"filler{number:03d} 填充{chr(0x4E00 + number)}": CLAIM for number in range(20)}


@settings(max_examples=500, deadline=None)
@given(values=st.lists(PART, min_size=1, max_size=5, unique=True), parts=st.lists(PART, max_size=10), data=st.data())
def test_many_values_are_found_where_few_would_be(values: list[str], parts: list[str], data: st.DataObject) -> None:
    text = "".join(data.draw(st.permutations([*values, *parts])))
    leaf = Leaf(("messages", 0, "content"), 0, 0, LeafKind.STRING, text)
    few = Mentions(dict.fromkeys(values, CLAIM)).find(leaf)
    many = Mentions({**dict.fromkeys(values, CLAIM), **FILLER}).find(leaf)
    assert set(many) == set(few)
