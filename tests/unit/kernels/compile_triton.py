"""Compile a Triton kernel for compute capability 9.0 without a GPU; print what it uses as JSON.

A program of its own: where the interpreter is chosen, Triton cannot compile.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from kernels.msa.decode.triton import merge_kernel
from kernels.msa.index.coarse import launch
from kernels.msa.index.coarse.rescore import rescore_kernel
from kernels.msa.layout import BLOCK, DIM, TOPK
from kernels.msa.widen import PIECE, widen_kernel


@dataclass(frozen=True, slots=True)
class Source:
    """A kernel, its constants, the types of its other arguments that are no int32, and what it is compiled with."""

    kernel: JITFunction
    constants: Mapping[str, object]
    kinds: Mapping[str, str]
    options: Mapping[str, int]


POINTERS = ("p_table", "p_seq_lens", "p_number")
"""Arguments of the copy that point to int32."""
ALIGNED = {"table_stride", "max_blocks", "n_exact"}
"""Integers that are multiples of 16; pointers are too."""


def exact(heads: int, span: int, lists: int, fp8: int, registers: int) -> Source:
    """The exact part of the coarse index, in decode of one token a request; what is `None` or 1 is a constant too."""
    constants = {
        "H": heads, "COLUMNS": 16, "SPLITS": 8, "SPAN": span, "N": launch.AT_ONCE, "LISTS": lists, "LENGTH": 1,
        "CHUNK": launch.RANKED_AT_ONCE, "BLOCK": BLOCK, "DIM": DIM, "TOPK": TOPK, "PEERS": 1, "WIDE": bool(fp8),
        "PACKED": True, "PDL": True, "LATE": 2, "p_send": None, "p_turn": None, "q_len": 1, "n_ranks": 1, "n_boxes": 64,
    }  # fmt: skip
    kinds = {
        "p_q": "*fp8e4nv" if fp8 else "*bf16", "p_k": "*i16" if fp8 else "*bf16", "p_table": "*i32",
        "p_seq_lens": "*i32", "p_group": "*i32", "p_exact": "*fp32", "p_open": "*i16", "p_key": "*i64",
        "p_done": "*i64", "p_topk": "*i32",
    }  # fmt: skip
    return Source(rescore_kernel, constants, kinds, {"num_warps": 4, "maxnreg": registers})


def merge(splits: int, warps: int) -> Source:
    """The merge of a query head's splits."""
    constants = {"G": 16, "SPLITS": splits, "DIM": DIM, "PDL": True}
    kinds = {"p_part": "*fp32", "p_lse": "*fp32", "p_out": "*bf16"}
    return Source(merge_kernel, constants, kinds, {"num_warps": warps})


def widen(page: int, bf16: int) -> Source:
    """The copy of fp8 pages of so many values in bf16, or float16."""
    kinds = {"p_cache": "*fp8e4nv", "p_pages": "*bf16" if bf16 else "*fp16"}
    constants = {"PAGE": page, "PIECE": PIECE, "BLOCK": BLOCK, "PDL": True}
    return Source(widen_kernel, constants, {**dict.fromkeys(POINTERS, "*i32"), **kinds}, {"num_warps": 4})


SOURCES: Mapping[str, Callable[..., Source]] = {"exact": exact, "merge": merge, "widen": widen}


def cubin_of(source: Source) -> bytes:
    """What the GPU would run."""
    names: Sequence[str] = source.kernel.arg_names
    kinds = {**dict.fromkeys(names, "i32"), **source.kinds, **dict.fromkeys(source.constants, "constexpr")}
    aligned = [name for name in names if kinds[name].startswith("*") or name in ALIGNED]
    compiled = triton.compile(
        ASTSource(
            source.kernel,
            {name: kinds[name] for name in names},
            {(names.index(name),): value for name, value in source.constants.items()},
            {(names.index(name),): [["tt.divisibility", 16]] for name in aligned},
        ),
        target=GPUTarget("cuda", 90, 32),
        options=dict(source.options),
    )
    cubin: bytes = compiled.asm["cubin"]
    return cubin


def main() -> None:
    """Arguments: a name of SOURCES, then its function's numbers."""
    name, *numbers = sys.argv[1:]
    with tempfile.NamedTemporaryFile(suffix=".cubin") as cubin:
        Path(cubin.name).write_bytes(cubin_of(SOURCES[name](*(int(each) for each in numbers))))
        usage = subprocess.run(
            [triton.knobs.nvidia.cuobjdump.path, "-res-usage", cubin.name], capture_output=True, text=True, check=True
        )
    used = re.search(r"REG:(?P<registers>\d+) STACK:(?P<stack_bytes>\d+)", usage.stdout + usage.stderr)
    if used is None:
        raise SystemExit("cuobjdump says nothing of registers")
    json.dump({name: int(value) for name, value in used.groupdict().items()}, sys.stdout)


if __name__ == "__main__":
    main()
