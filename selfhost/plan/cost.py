"""What a million tokens costs at home and at the vendor, and when home is cheaper.

Throughput is never predicted: it is a published or measured row, named with its source, scaled by how busy the node is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one node did under one load: millions of tokens an hour in and out, and who says so."""

    node: str
    gpus: int
    weights: str
    workload: str
    in_mtok_hour: float
    out_mtok_hour: float
    source: str


@dataclass(frozen=True, slots=True)
class ApiPrice:
    """US dollars per million tokens, as listed on a day."""

    name: str
    input_usd: float
    cached_usd: float
    output_usd: float
    listed: date
    source: str


@dataclass(frozen=True, slots=True)
class Cost:
    """`usd_per_mtok_out` at home with input free; `break_even_usd_gpu_hour` at which home costs what the API costs."""

    usd_per_mtok_out: float
    api_usd_hour: float
    home_usd_hour: float
    break_even_usd_gpu_hour: float

    @property
    def cheaper_at_home(self) -> bool:
        """Whether the node costs less than the API would for the same tokens."""
        return self.home_usd_hour < self.api_usd_hour


def cost(
    throughput: Throughput, price: ApiPrice, *, usd_gpu_hour: float, busy: float = 1.0, cached: float = 0.0
) -> Cost:
    """Returns the comparison. `busy` is the share of the throughput used, `cached` that of input the API's cache hits.

    Raises:
        ValueError: a share is not within 0 to 1, or a price is not positive.
    """
    if not (0 < busy <= 1 and 0 <= cached <= 1 and usd_gpu_hour > 0):
        raise ValueError("shares are within 0 to 1, busy above 0, and a GPU hour has a price")
    tokens_in, tokens_out = throughput.in_mtok_hour * busy, throughput.out_mtok_hour * busy
    input_usd = price.cached_usd * cached + price.input_usd * (1 - cached)
    api = tokens_in * input_usd + tokens_out * price.output_usd
    home = throughput.gpus * usd_gpu_hour
    return Cost(home / tokens_out, api, home, api / throughput.gpus)
