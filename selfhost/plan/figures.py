"""Dated figures: nodes, prices and throughputs, each with who says so. Review them before a decision."""

from __future__ import annotations

from datetime import date

from selfhost.plan.capacity import GIB, Node
from selfhost.plan.cost import ApiPrice, Throughput

NODES = (
    Node("8xH200", 8, 139 * GIB),
    Node("8xB200", 8, 178 * GIB),
    Node("8xB300", 8, 268 * GIB),
    Node("4xH200", 4, 139 * GIB),
    Node("16xH200", 16, 139 * GIB),
)

PRICES = (
    ApiPrice("MiniMax-M3, up to 512k input", 0.30, 0.06, 1.20, date(2026, 9, 11), "dev.to price guide, resellers"),
    ApiPrice("MiniMax-M3, above 512k input", 0.60, 0.12, 2.40, date(2026, 9, 11), "dev.to price guide, resellers"),
)

THROUGHPUTS = (
    Throughput("8xH200", 8, "bf16", "2048 in, 256 out, 64 at once", 26.7, 3.34, "SGLang pull request 28062"),
    Throughput(
        "8xH200", 8, "mxfp8", "1024 in, 1024 out, 50 tokens/s a user", 8.06, 8.06, "InferenceX-app pull request 454"
    ),
    Throughput("8xB200", 8, "mxfp8", "8192 in, 2048 out, 32 at once", 23.4, 5.86, "lambda.ai model page"),
    Throughput("8xB200", 8, "mxfp8", "2048 in, 256 out, 64 at once", 61.1, 7.63, "SGLang pull request 28207"),
)

WARNINGS = {
    ("8xH200", "nvfp4"): "NVFP4 on H100 and H200 gave wrong answers and illegal accesses (vLLM 49070, open)",
    ("16xH200", "bf16"): "more than one node: pipeline or expert parallelism over the network, not modelled here",
    ("16xH200", "mxfp8"): "more than one node: pipeline or expert parallelism over the network, not modelled here",
}
