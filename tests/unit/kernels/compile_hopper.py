"""Compile the Gluon kernels for compute capability 9.0 without a GPU; print what they use as JSON.

A program of its own: where the interpreter is chosen, Triton cannot compile.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import triton
from triton.backends.compiler import GPUTarget
from triton.experimental.gluon._runtime import GluonASTSource, GluonJITFunction

from kernels.msa.attend import hopper, hopper_dense
from kernels.msa.index.bounded import hopper as hopper_index


@dataclass(frozen=True, slots=True)
class Source:
    """A kernel, the sizes it is compiled for, and the types of its other arguments that are no int32 pointers."""

    kernel: GluonJITFunction
    sizes: Mapping[str, int | bool]
    kinds: Mapping[str, str]


def box(*shape: int, bits: int = 16) -> str:
    """A TMA descriptor's type, over bf16 or, of 8 bits, integers."""
    layout = (
        f"NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth={bits}, rank={len(shape)}, transposed=False, "
        "fp4_padded=False, cga_layout=[])"
    )
    return f"tensordesc<{'i8' if bits == 8 else 'bf16'}{list(shape)},{layout}>"


def largest_source(heads: int) -> Source:
    """The kernel of the bounded index, for so many index heads."""
    sizes: dict[str, int | bool] = {"H": heads, "BLOCK": 128, "DIM": 128, "NB": 32, "STAGES": 6, "BM": 128, "TOPK": 16}
    scalars = dict.fromkeys(("total_q", "n_requests", "max_blocks"), "i32")
    kinds = {"p_q": "*bf16", "p_row": "*fp32", "d_code": box(128, 128, bits=8), **scalars}
    return Source(hopper_index.largest_kernel, sizes | {"SPLITS": 1, "PDL": True}, kinds)


def sources(group: int) -> Mapping[str, Source]:
    """The kernels, for groups of so many heads; for so many index heads where there are no groups."""
    common: dict[str, int | bool] = {"H": 4, "G": group, "BLOCK": 128, "DIM": 128}
    blocks = {"QUERIES": 64 // group, "RING": 4, "PDL": True}
    dense = {"TILE": 128 // group, "NB": 32, "STAGES": 2, "TOPK": 16, "DENSE": 4096}
    lines = {"d_v": box(128, 128), "d_kv": box(128, 128), "d_part": box(64, 128), "d_k": box(128, 64)}
    scalars = {"scale_log2": "fp32", **dict.fromkeys(("items", "total_q", "n_requests", "table_stride"), "i32")}
    return {
        "blocks": Source(
            hopper.block_kernel, common | blocks, {**lines, **scalars, "d_q": box(1, group, 64), "p_stats": "*fp32"}
        ),
        "dense": Source(
            hopper_dense.dense_kernel,
            common | dense,
            {**lines, **scalars, "d_q": box(64 // group, group, 128), "p_out": "*bf16"},
        ),
        "largest": largest_source(group),
    }


def main() -> None:
    """Compile the kernel named in the first argument for the heads in the second."""
    source = sources(int(sys.argv[2]))[sys.argv[1]]
    names = source.kernel.arg_names
    kinds = {**dict.fromkeys(names, "*i32"), **source.kinds, **dict.fromkeys(source.sizes, "constexpr")}
    compiled = triton.compile(
        GluonASTSource(
            source.kernel,
            {name: kinds[name] for name in names},
            {(names.index(name),): value for name, value in source.sizes.items()},
            {},
        ),
        target=GPUTarget("cuda", 90, 32),
        options={"num_warps": 4},
    )
    ptx = compiled.asm["ptx"]
    used = {"shared_bytes": compiled.metadata.shared, "products": ptx.count("wgmma.mma_async")}
    json.dump({**used, "warps": compiled.metadata.num_warps, "copies": ptx.count("cp.async.bulk.tensor")}, sys.stdout)


if __name__ == "__main__":
    main()
