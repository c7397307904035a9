"""The definition of dense decode attention over a paged cache, in plain torch."""

import torch


def dense_decode(q: torch.Tensor, kv: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor) -> torch.Tensor:
    """`out[b, h] = softmax(q[b, h] . k / sqrt(dim)) v` over the first `seq_lens[b]` keys; zeros where that is 0."""
    heads, dim = q.shape[1:]
    out = torch.zeros_like(q)
    for request, length in enumerate(seq_lens.tolist()):
        if length == 0:
            continue
        # [H, keys, 2 * dim] -> [Hq, keys, 2 * dim]
        keys_values = kv[block_table[request].long()].transpose(0, 1).flatten(1, 2)[:, :length].float()
        keys_values = keys_values.repeat_interleave(heads // kv.shape[1], 0)
        scores = torch.einsum("hd,hkd->hk", q[request].float(), keys_values[..., :dim]) * dim**-0.5
        out[request] = torch.einsum("hk,hkd->hd", scores.softmax(-1), keys_values[..., dim:]).to(q.dtype)
    return out
