"""Compile the Gluon attention kernel for compute capability 9.0 without a GPU; print what it uses as JSON.

A program of its own: where the interpreter is chosen, Triton cannot compile.
"""

import json
import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.experimental.gluon._runtime import GluonASTSource

from kernels.msa.attend import hopper

LAYOUT = (
    "NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=2, transposed=False, fp4_padded=False, "
    "cga_layout=[])"
)


def main() -> None:
    """Compile for the group size in the first argument."""
    group = int(sys.argv[1])
    sizes = {"H": 4, "G": group, "QUERIES": 64 // group, "BLOCK": 128, "DIM": 128, "PDL": True}
    kinds = {
        "p_q": "*bf16",
        "d_kv": f"tensordesc<bf16[128, 128],{LAYOUT}>",
        "d_part": f"tensordesc<bf16[64, 128],{LAYOUT}>",
        "p_stats": "*fp32",
        "items": "i32",
        "scale_log2": "fp32",
        **dict.fromkeys(("p_items", "p_item", "p_entry"), "*i32"),
        **dict.fromkeys(sizes, "constexpr"),
    }
    names = hopper.block_kernel.arg_names
    source = GluonASTSource(
        hopper.block_kernel,
        {name: kinds[name] for name in names},
        {(names.index(name),): value for name, value in sizes.items()},
        {(names.index("p_q"),): [["tt.divisibility", 16]]},
    )
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": 4})
    products = compiled.asm["ptx"].count("wgmma.mma_async")
    json.dump({"shared_bytes": compiled.metadata.shared, "products": products}, sys.stdout)


if __name__ == "__main__":
    main()
