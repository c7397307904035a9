"""vLLM 0.33.0's Triton kernels for M3, from files that are not part of this project: for comparisons only.

A folder holds `index_topk.py` and `sparse_attn.py` as they lie in the wheel under `vllm/models/minimax_m3/common/ops`.
What they import of vLLM is three small modules, which stand-ins take the place of.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import torch
import triton
import triton.language as tl

from kernels.msa.layout import BLOCK, DIM, TOPK
from selfhost.vllm_plugin.stock import Functions

_SCALE = 1 / math.sqrt(DIM)


class _Platform:
    @staticmethod
    def is_cuda() -> bool:
        return True

    @staticmethod
    def is_rocm() -> bool:
        return False

    @staticmethod
    def is_device_capability(capability: tuple[int, int]) -> bool:
        return torch.cuda.get_device_capability() == tuple(capability)

    @staticmethod
    def is_arch_support_pdl() -> bool:
        return torch.cuda.get_device_capability()[0] >= 9


def _stand_in(name: str, **attributes: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"stock_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def load(folder: Path) -> Functions:
    """Returns the functions of the files in `folder`. Raises `OSError` when they are not there."""
    _stand_in("vllm", __path__=[])
    _stand_in("vllm.platforms", current_platform=_Platform())
    _stand_in("vllm.triton_utils", triton=triton, tl=tl)
    _stand_in("vllm.utils", __path__=[])
    _stand_in("vllm.utils.math_utils", round_up=lambda x, y: -(-x // y) * y)
    index, attend = _loaded(folder / "index_topk.py"), _loaded(folder / "sparse_attn.py")
    return Functions(
        index.minimax_m3_index_score,
        index.minimax_m3_index_topk,
        index.minimax_m3_index_decode,
        attend.minimax_m3_sparse_attn,
        attend.minimax_m3_sparse_attn_decode,
    )


class StockOperations:
    """The stock kernels under the signatures of `kernels.msa`: what the engine runs them by. Decode never waits."""

    def __init__(self, functions: Functions) -> None:
        self._run = functions

    def prefill_index(
        self, idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor, prefix_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        new = int((cu_q[1:] - cu_q[:-1]).max())
        score = self._run.index_score(
            idx_q, idx_k, block_table, cu_q, seq_lens, prefix_lens, new, int(seq_lens.max()), idx_q.shape[1]
        )
        return self._run.index_topk(score, cu_q, prefix_lens, new, TOPK, 0, 1)

    def prefill_attn(
        self, q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor, prefix_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        new, out = int((cu_q[1:] - cu_q[:-1]).max()), torch.empty_like(q)
        self._run.attend(q, kv, topk, block_table, cu_q, seq_lens, prefix_lens, new, kv.shape[1], _SCALE, out)
        return out

    def decode_index(
        self, idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        longest = block_table.shape[1] * BLOCK
        return self._run.index_decode(idx_q, idx_k, block_table, seq_lens, longest, TOPK, 0, 1, idx_q.shape[1], 1, 1)

    def decode_attn(
        self, q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor,
        seq_lens: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        out = torch.empty_like(q)
        self._run.attend_decode(q, kv, topk, block_table, seq_lens, kv.shape[1], _SCALE, out, 1)
        return out


class NoOperations:
    """Selects and attends to nothing: what a step takes without attention. Its answers mean nothing."""

    def prefill_index(self, *given: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def prefill_attn(self, *given: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def decode_index(self, idx_q: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
        return idx_q

    def decode_attn(self, q: torch.Tensor, *given: torch.Tensor) -> torch.Tensor:
        return q
