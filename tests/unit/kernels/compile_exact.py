"""Compile the exact part of the coarse index for compute capability 9.0 without a GPU; print what it uses as JSON.

A program of its own: where the interpreter is chosen, Triton cannot compile.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from kernels.msa.index.coarse import launch
from kernels.msa.index.coarse.rescore import rescore_kernel
from kernels.msa.layout import BLOCK, DIM, TOPK

POINTERS = {
    "p_table": "*i32", "p_seq_lens": "*i32", "p_group": "*i32", "p_exact": "*fp32", "p_open": "*i16", "p_key": "*i64",
    "p_done": "*i64", "p_topk": "*i32",
}  # fmt: skip
ALIGNED = {"table_stride", "max_blocks", "n_exact"}


def sizes(heads: int, span: int, lists: int, fp8: bool) -> dict[str, object]:
    """Sizes of a decode step of one token a request; what is `None` or 1 becomes a constant too."""
    return {
        "H": heads, "COLUMNS": 16, "SPLITS": 8, "SPAN": span, "N": launch.AT_ONCE, "LISTS": lists, "LENGTH": 1,
        "CHUNK": launch.RANKED_AT_ONCE, "BLOCK": BLOCK, "DIM": DIM, "TOPK": TOPK, "PEERS": 1, "WIDE": fp8,
        "PACKED": True, "PDL": True, "LATE": 2, "p_send": None, "p_turn": None, "q_len": 1, "n_ranks": 1, "n_boxes": 64,
    }  # fmt: skip


def main() -> None:
    """Arguments: heads, span, lists, 1 for fp8 keys, registers of a thread."""
    heads, span, lists, fp8, registers = (int(each) for each in sys.argv[1:])
    constants = sizes(heads, span, lists, bool(fp8))
    names = rescore_kernel.arg_names
    operands = {"p_q": "*fp8e4nv", "p_k": "*i16"} if fp8 else {"p_q": "*bf16", "p_k": "*bf16"}
    kinds = {**dict.fromkeys(names, "i32"), **POINTERS, **operands, **dict.fromkeys(constants, "constexpr")}
    aligned = [name for name in names if kinds[name].startswith("*") or name in ALIGNED]
    compiled = triton.compile(
        ASTSource(
            rescore_kernel,
            {name: kinds[name] for name in names},
            {(names.index(name),): value for name, value in constants.items()},
            {(names.index(name),): [["tt.divisibility", 16]] for name in aligned},
        ),
        target=GPUTarget("cuda", 90, 32),
        options={"num_warps": 4, "maxnreg": registers},
    )
    with tempfile.NamedTemporaryFile(suffix=".cubin") as cubin:
        Path(cubin.name).write_bytes(compiled.asm["cubin"])
        usage = subprocess.run(
            [triton.knobs.nvidia.cuobjdump.path, "-res-usage", cubin.name], capture_output=True, text=True, check=True
        )
    used = re.search(r"REG:(?P<registers>\d+) STACK:(?P<stack_bytes>\d+)", usage.stdout + usage.stderr)
    if used is None:
        raise SystemExit("cuobjdump says nothing of registers")
    json.dump({name: int(value) for name, value in used.groupdict().items()}, sys.stdout)


if __name__ == "__main__":
    main()
