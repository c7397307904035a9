"""The planner's figures against those published or counted elsewhere, and its honesty about price."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from selfhost.config import read_config
from selfhost.plan.capacity import Layout, Node, Split, Weights, capacity, token_bytes
from selfhost.plan.cost import cost
from selfhost.plan.figures import NODES, PRICES, THROUGHPUTS
from selfhost.plan.report import make_plan
from selfhost.plan.shape import VISION_PARAMETERS, shape_of

SHAPE = shape_of(read_config(json.loads(files("selfhost.plan").joinpath("release.json").read_text())))
NODE = {node.name: node for node in NODES}


def test_the_counted_parameters_are_those_of_the_released_files() -> None:
    assert round((SHAPE.parameters + VISION_PARAMETERS) / 1e9, 1) == 427.0
    assert round(SHAPE.active_parameters / 1e9, 1) == 24.7


BYTES = [
    (Split.TENSOR, 2, 2, 354.0), (Split.TENSOR, 1, 2, 234.0), (Split.TENSOR, 1, 1, 177.0),
    (Split.DATA_EXPERT, 2, 2, 134.25), (Split.DATA_EXPERT, 1, 2, 74.25), (Split.DATA_EXPERT, 1, 1, 67.125),
]  # fmt: skip


@pytest.mark.parametrize(("split", "kv", "index", "kib"), BYTES)
def test_a_cached_token_takes_what_the_equation_says(split: Split, kv: int, index: int, kib: float) -> None:
    assert token_bytes(SHAPE, Layout(Weights.BF16, split, kv, index), 8) == kib * 1024


POOLS = [
    ("8xH200", Weights.BF16, Split.TENSOR, 2, 0.53), ("8xH200", Weights.BF16, Split.TENSOR, 1, 0.80),
    ("8xH200", Weights.MXFP8, Split.TENSOR, 2, 1.66), ("8xH200", Weights.MXFP8, Split.TENSOR, 1, 2.52),
    ("8xB200", Weights.MXFP8, Split.TENSOR, 1, 3.80), ("8xB300", Weights.MXFP8, Split.TENSOR, 1, 6.77),
    ("8xH200", Weights.MXFP8, Split.DATA_EXPERT, 2, 3.5), ("8xB300", Weights.MXFP8, Split.DATA_EXPERT, 1, 19.7),
]  # fmt: skip


@pytest.mark.parametrize(("node", "weights", "split", "kv", "million"), POOLS)
def test_pools_agree_with_an_independent_calculation(
    node: str, weights: Weights, split: Split, kv: int, million: float
) -> None:
    found = capacity(SHAPE, NODE[node], Layout(weights, split, kv, 2))
    assert found.tokens / 1e6 == pytest.approx(million, rel=0.05)


def test_what_does_not_fit_says_so() -> None:
    small = Node("1 GPU", 1, 80 << 30)
    found = capacity(SHAPE, small, Layout(Weights.BF16, Split.TENSOR))
    assert (found.fits, found.tokens, found.users(32_768)) == (False, 0, 0.0)
    assert not capacity(SHAPE, NODE["8xH200"], Layout(Weights.BF16, Split.DATA_EXPERT)).fits


def test_one_request_under_data_parallel_attention_has_one_gpu() -> None:
    found = capacity(SHAPE, NODE["8xH200"], Layout(Weights.MXFP8, Split.DATA_EXPERT))
    assert found.longest == found.tokens // 8
    assert found.users(1_048_576) == 0.0


EVEN = [("bf16", 1.50), ("mxfp8", 1.51), ("mxfp8", 1.76), ("mxfp8", 3.44)]


@pytest.mark.parametrize(("row", "even"), list(zip(THROUGHPUTS, [value for _, value in EVEN], strict=True)))
def test_the_break_even_price_is_that_of_the_published_points(row: object, even: float) -> None:
    found = cost(row, PRICES[0], usd_gpu_hour=3.0)  # type: ignore[arg-type]  # pytest hands rows on as objects
    assert round(found.break_even_usd_gpu_hour, 2) == even


def test_a_node_that_is_busy_a_third_of_the_time_costs_three_times_as_much() -> None:
    whole, third = (cost(THROUGHPUTS[0], PRICES[0], usd_gpu_hour=3.0, busy=busy) for busy in (1.0, 1 / 3))
    assert third.usd_per_mtok_out == pytest.approx(3 * whole.usd_per_mtok_out)
    assert third.home_usd_hour == whole.home_usd_hour


@pytest.mark.parametrize("bad", [{"busy": 0.0}, {"busy": 1.1}, {"cached": -0.1}, {"usd_gpu_hour": 0.0}])
def test_shares_outside_their_bounds_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        cost(THROUGHPUTS[0], PRICES[0], **({"usd_gpu_hour": 3.0} | bad))


@pytest.mark.parametrize(
    ("usd", "words"), [(3.0, "Host it for control"), (1.505, "find out which load"), (1.0, "Home is cheaper on every")]
)
def test_the_verdict_says_plainly_who_is_cheaper(usd: float, words: str) -> None:
    plan = make_plan(SHAPE, NODE["8xH200"], list(Weights), PRICES[0], usd_gpu_hour=usd, busy=1.0, cached=0.0)
    assert words in plan.verdict
    assert any("NVFP4" in warning for warning in plan.warnings)


def test_the_advice_names_the_format_the_longest_request_and_what_a_split_costs() -> None:
    plan = make_plan(SHAPE, NODE["8xH200"], list(Weights), PRICES[0], usd_gpu_hour=3.0, busy=1.0, cached=0.0)
    assert plan.advice == (
        "mxfp8 holds most of the formats without a known fault: 7.3 M tokens.",
        "bf16 holds a request of 1024 k tokens only with smaller cache elements.",
        "mxfp8, dp+ep: 2.2 times the tokens of tp, 456 k of them in one request at most.",
    )
    small = replace(NODE["8xH200"], memory=10 << 30)
    assert make_plan(SHAPE, small, [Weights.BF16], PRICES[0], usd_gpu_hour=3.0, busy=1.0, cached=0.0).advice == ()


USERS = [
    ("8xH200", Weights.BF16, 1, (25, 6)), ("8xH200", Weights.MXFP8, 1, (77, 19, 2.4)),
    ("8xH200", Weights.NVFP4, 1, (100, 25, 3.1)), ("8xB200", Weights.BF16, 1, (64, 16, 2.0)),
    ("8xB200", Weights.MXFP8, 1, (116, 29, 3.6)), ("8xB300", Weights.MXFP8, 1, (207, 52, 6.5)),
]  # fmt: skip


@pytest.mark.parametrize(("node", "weights", "kv", "users"), USERS)
def test_users_agree_with_an_independent_calculation(
    node: str, weights: Weights, kv: int, users: tuple[float, ...]
) -> None:
    found = capacity(SHAPE, NODE[node], Layout(weights, Split.TENSOR, kv, 2))
    of_context = [found.users(context) for context in (32_768, 131_072, 1_048_576)]
    assert of_context[: len(users)] == pytest.approx(users, rel=0.05)


def test_no_throughput_no_verdict_on_price() -> None:
    plan = make_plan(SHAPE, NODE["8xB300"], [Weights.MXFP8], PRICES[0], usd_gpu_hour=3.0, busy=1.0, cached=0.0)
    assert "measure before" in plan.verdict
    tiny = replace(NODE["8xB300"], memory=10 << 30)
    plan = make_plan(SHAPE, tiny, [Weights.MXFP8], PRICES[0], usd_gpu_hour=3.0, busy=1.0, cached=0.0)
    assert "does not fit" in plan.verdict
