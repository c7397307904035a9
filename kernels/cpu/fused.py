"""A layer of M3 on one CPU thread, in float32: a few calls, compiled for the machine they run on.

In a model of a few million parameters a layer is some ten products and a hundred operations on a few numbers each;
calling them one by one costs more than computing them. `attention`, then `gated` or `experts`, add to the stream
all that a layer adds for T new tokens. The definition is `selfhost.engine`; sums may be in another order, so that the
last bits differ.

Layouts are those of `kernels.msa.layout`, heads and blocks of any size. Weights lie `[in, out]`, in float32 or as the
bits of bfloat16 (uint16): half the memory to read, the same values. Rows and all widths come in fours; rows beyond
the tokens are computed but mean nothing. Only loops over one contiguous line become vector instructions: hence slices
with names instead of sums of indices. Nothing takes Python's lock.

All is in one file because numba's cache on disk looks at the file of the called function only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import numba
import numpy as np
from numba import float32, int32, int64, types, uint16, void
from numba.extending import overload

Array = np.ndarray
Number = np.float32
_ANY_ORDER = {"reassoc", "contract", "nsz", "arcp"}
"""The compiler may add in another order, and multiply and add at once. NaN and infinity keep their meaning."""
_NEVER = np.float32(-np.inf)
_COLUMNS, _ROWS = 768, 16
"""A tile of a product: so many columns of four lines of weights stay near while they are added to so many rows."""


class Kernel(Protocol):
    """A compiled function."""

    def __call__(self, *given: object) -> Array:
        """Runs it; what it returns is said at its definition."""

    def compile(self, kind: object) -> object:
        """Compiles it for arguments of this kind, or takes it from disk."""


def _called(function: Callable[..., object]) -> Kernel:
    """Compiled by `ready`, and kept on disk: beside this file, else in the user's cache, else not at all."""
    try:
        found: object = numba.njit(cache=True, fastmath=_ANY_ORDER, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no place to keep it
        found = numba.njit(fastmath=_ANY_ORDER, nogil=True, error_model="numpy")(function)
    return cast("Kernel", found)


_inlined = numba.njit(fastmath=_ANY_ORDER, nogil=True, error_model="numpy")


@_inlined
def exp(x: Number) -> Number:
    """e^x to 2 units in the last place, without a call: range reduction and a polynomial (Cephes `expf`)."""
    x = min(max(x, np.float32(-87.0)), np.float32(88.0))
    turns = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    x = x - turns * np.float32(0.693359375) + turns * np.float32(2.12194440e-4)
    found = np.float32(1.9875691500e-4)
    found = found * x + np.float32(1.3981999507e-3)
    found = found * x + np.float32(8.3334519073e-3)
    found = found * x + np.float32(4.1665795894e-2)
    found = found * x + np.float32(1.6666665459e-1)
    found = found * x + np.float32(5.0000001201e-1)
    found = found * x * x + x + np.float32(1.0)
    return found * np.int32((np.int32(turns) + np.int32(127)) << np.int32(23)).view(np.float32)


@_inlined
def _dot(a: Array, b: Array) -> Number:
    found = np.float32(0)
    for i in range(a.shape[0]):
        found += a[i] * b[i]
    return found


def _float(weight: Number) -> Number:
    """The value of a weight: itself, or, compiled, what 16 bits mean as bfloat16."""
    return weight


@overload(_float, jit_options={"fastmath": _ANY_ORDER, "nogil": True, "error_model": "numpy"}, strict=False)
def _float_of(weight: types.Type) -> Callable[[Number], Number]:
    if isinstance(weight, types.Float):
        return lambda weight: weight
    return lambda weight: np.int32(np.int32(weight) << np.int32(16)).view(np.float32)


@_inlined
def _product(x: Array, weight: Array) -> Array:
    """Returns x `[T, in]` @ weight `[in, out]`, four rows by four lines at a time."""
    rows, width = x.shape[0], weight.shape[1]
    out = np.zeros((rows, width), np.float32)
    for begin in range(0, width, _COLUMNS):
        end = min(begin + _COLUMNS, width)
        for first in range(0, rows, _ROWS):
            for k in range(0, x.shape[1], 4):
                w0, w1 = weight[k, begin:end], weight[k + 1, begin:end]
                w2, w3 = weight[k + 2, begin:end], weight[k + 3, begin:end]
                for row in range(first, min(first + _ROWS, rows), 4):
                    a, b = out[row, begin:end], out[row + 1, begin:end]
                    c, d = out[row + 2, begin:end], out[row + 3, begin:end]
                    a0, a1, a2, a3 = x[row, k], x[row, k + 1], x[row, k + 2], x[row, k + 3]
                    b0, b1, b2, b3 = x[row + 1, k], x[row + 1, k + 1], x[row + 1, k + 2], x[row + 1, k + 3]
                    c0, c1, c2, c3 = x[row + 2, k], x[row + 2, k + 1], x[row + 2, k + 2], x[row + 2, k + 3]
                    d0, d1, d2, d3 = x[row + 3, k], x[row + 3, k + 1], x[row + 3, k + 2], x[row + 3, k + 3]
                    for i in range(end - begin):
                        v0, v1, v2, v3 = _float(w0[i]), _float(w1[i]), _float(w2[i]), _float(w3[i])
                        a[i] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
                        b[i] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
                        c[i] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
                        d[i] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3
    return out


@_inlined
def _turn(x: Array, norm: Array, eps: Number, cos: Array, sin: Array) -> None:
    """One head in place: normed, its first channels turned. `sin` is negative in its first half."""
    factor = np.float32(1) / np.sqrt(_dot(x, x) / np.float32(x.shape[0]) + eps)
    for i in range(x.shape[0]):
        x[i] = x[i] * factor * (np.float32(1) + norm[i])
    half = cos.shape[0] // 2
    first, second = x[:half], x[half : 2 * half]
    for i in range(half):
        one, other = first[i], second[i]
        first[i] = one * cos[i] + other * sin[i]
        second[i] = other * cos[half + i] + one * sin[half + i]


@_inlined
def _enter(
    x: Array,
    counts: tuple[int, ...],
    norms: tuple[Array, ...],
    eps: Number,
    cos: Array,
    sin: Array,
    slots: Array,
    kv: Array,
    index: Array,
    query: Array,
    index_query: Array,
) -> None:
    """What a projection gives becomes queries, and keys and values in their slots of the cache.

    x `[T, channels]`, overwritten; counts: heads of query, key, index query and index key, norms: the weights of their
    norms; cos, sin `[T, rotary_dim]` as in `selfhost.rotary`; slots `[T]`; kv `[pages, kv_heads, block, 2 * dim]`;
    index `[pages, block, index_dim]`; query `[T, heads * dim]`, index_query `[T, index_heads * index_dim]`.
    """
    heads, block, dim, width = counts[0], kv.shape[2], kv.shape[3] // 2, index.shape[2]
    for row in range(slots.shape[0]):
        page, place, end = slots[row] // block, slots[row] % block, 0
        for part in range(4):
            channels = dim if part < 2 else width
            for _ in range(counts[part]):
                begin, end = end, end + channels
                _turn(x[row, begin:end], norms[part], eps, cos[row], sin[row])
        query[row] = x[row, : heads * dim]
        begin = heads * dim
        for head in range(counts[1]):
            kv[page, head, place, :dim] = x[row, begin : begin + dim]
            kv[page, head, place, dim:] = x[row, end : end + dim]
            begin, end = begin + dim, end + dim
        if counts[2] > 0:
            middle = begin + counts[2] * width
            index_query[row] = x[row, begin:middle]
            index[page, place] = x[row, middle : middle + width]


@_inlined
def _select(
    query: Array, index: Array, pages: Array, own: int, topk: int, local: int, scores: Array, chosen: Array
) -> None:
    """Puts the blocks a row selects into `chosen`; block `own` is the row's, and lies at the end of what it sees."""
    for block in range(own + 1):
        keys, best = index[pages[block]], _NEVER
        for place in range(keys.shape[0]):
            best = max(best, _dot(query, keys[place]))
        scores[block] = np.float32(np.inf) if own - block < local else best
    for place in range(topk):
        first = 0
        for block in range(1, own + 1):
            if scores[block] > scores[first]:
                first = block
        chosen[place], scores[first] = first, _NEVER


@_inlined
def _score(query: Array, lines: Array, scale: Number, scores: Array) -> None:
    """Puts scale * query @ keys into scores; lines `[n, 2 * dim]` hold keys, then values."""
    for place in range(scores.shape[0]):
        scores[place] = _dot(query, lines[place, : query.shape[0]]) * scale


@_inlined
def _share(scores: Array) -> Number:
    """Makes scores e^(scores - the largest) and returns their sum."""
    most, total = _NEVER, np.float32(0)
    for place in range(scores.shape[0]):
        most = max(most, scores[place])
    for place in range(scores.shape[0]):
        scores[place] = exp(scores[place] - most)
        total += scores[place]
    return total


@_inlined
def _mix(shares: Array, lines: Array, out: Array) -> None:
    """Adds shares @ values to out, four lines at a time; lines `[n, 2 * dim]` hold keys, then values."""
    dim, count = out.shape[0], shares.shape[0]
    fours = count // 4 * 4
    for place in range(0, fours, 4):
        a, b, c, d = lines[place, dim:], lines[place + 1, dim:], lines[place + 2, dim:], lines[place + 3, dim:]
        of_a, of_b, of_c, of_d = shares[place], shares[place + 1], shares[place + 2], shares[place + 3]
        for i in range(dim):
            out[i] += (of_a * a[i] + of_b * b[i]) + (of_c * c[i] + of_d * d[i])
    for place in range(fours, count):
        share, a = shares[place], lines[place, dim:]
        for i in range(dim):
            out[i] += share * a[i]


@_inlined
def _attend(
    query: Array,
    index_query: Array,
    kv: Array,
    index: Array,
    table: Array,
    cu_q: Array,
    positions: Array,
    topk: int,
    local: int,
    sparse: bool,
    out: Array,
) -> None:
    """Attention of each row to what its request has in the cache up to its position; where `sparse`, to its selection.

    query, out `[T, heads * dim]`, index_query `[T, index_heads * index_dim]`, table `[R, blocks]` the pages of each
    request, cu_q `[R + 1]` where its rows begin. The softmax is exact: scores first, then shares, then values.
    """
    kv_heads, block, dim = kv.shape[1], kv.shape[2], kv.shape[3] // 2
    group, width = out.shape[1] // dim // kv_heads, index.shape[2]
    scale = np.float32(1 / np.sqrt(dim))
    chosen = np.empty(table.shape[1], np.int64)
    block_scores = np.empty(table.shape[1], np.float32)
    scores = np.empty(table.shape[1] * block, np.float32)
    request = 0
    for row in range(positions.shape[0]):
        if row == cu_q[request + 1]:
            request += 1
        pages, own, seen = table[request], positions[row] // block, positions[row] % block + 1
        for kv_head in range(kv_heads):
            if sparse and own >= topk:
                count, part = topk, slice(kv_head * width, (kv_head + 1) * width)
                _select(index_query[row, part], index, pages, own, topk, local, block_scores, chosen)
            else:
                count = own + 1
                for place in range(count):
                    chosen[place] = place
            for head in range(kv_head * group, (kv_head + 1) * group):
                part, end = slice(head * dim, (head + 1) * dim), 0
                for place in range(count):
                    begin, end = end, end + (seen if chosen[place] == own else block)
                    _score(query[row, part], kv[pages[chosen[place]], kv_head], scale, scores[begin:end])
                total = _share(scores[:end])
                mixed, end = out[row, part], 0
                mixed[:] = 0
                for place in range(count):
                    begin, end = end, end + (seen if chosen[place] == own else block)
                    _mix(scores[begin:end], kv[pages[chosen[place]], kv_head], mixed)
                for i in range(dim):
                    mixed[i] /= total


@_called
def attention(
    x: Array,
    stream: Array,
    projection: Array,
    output: Array,
    counts: tuple[int, ...],
    norms: tuple[Array, ...],
    eps: Number,
    cos: Array,
    sin: Array,
    slots: Array,
    kv: Array,
    index: Array,
    table: Array,
    cu_q: Array,
    positions: Array,
    topk: int,
    local: int,
) -> None:
    """Adds attention of x to the stream, both `[T, hidden]`; the rest as `_enter` and `_attend` say."""
    rows, dim = x.shape[0], kv.shape[3] // 2
    query = np.zeros((rows, counts[0] * dim), np.float32)
    index_query = np.zeros((rows, counts[2] * index.shape[2]), np.float32)
    mixed = np.zeros((rows, counts[0] * dim), np.float32)
    _enter(_product(x, projection), counts, norms, eps, cos, sin, slots, kv, index, query, index_query)
    _attend(query, index_query, kv, index, table, cu_q, positions, topk, local, counts[2] > 0, mixed)
    stream += _product(mixed, output)


@_inlined
def _gated(x: Array, gate_up: Array, down: Array, alpha: Number, limit: Number, shares: Array) -> Array:
    """Returns down(clamped SwiGLU(gate_up(x))), each row of the hidden values times its share."""
    both, hidden = _product(x, gate_up), np.zeros((x.shape[0], down.shape[0]), np.float32)
    for row in range(shares.shape[0]):
        gate, up = both[row, : down.shape[0]], both[row, down.shape[0] :]
        for i in range(gate.shape[0]):
            opened = min(gate[i], limit)
            open_share = shares[row] * opened / (np.float32(1) + exp(-alpha * opened))
            hidden[row, i] = open_share * (min(max(up[i], -limit), limit) + np.float32(1))
    return _product(hidden, down)


@_called
def normed(stream: Array, scale: Array, eps: Number) -> Array:
    """Returns stream / rms(stream) * scale: `[T, hidden]`, scale `[hidden]` is 1 + weight."""
    out = np.empty_like(stream)
    for row in range(stream.shape[0]):
        x, line = stream[row], out[row]
        factor = np.float32(1) / np.sqrt(_dot(x, x) / np.float32(x.shape[0]) + eps)
        for i in range(x.shape[0]):
            line[i] = x[i] * factor * scale[i]
    return out


@_called
def product(x: Array, weight: Array) -> Array:
    """Returns x `[T, in]` @ weight `[in, out]`."""
    return _product(x, weight)


@_called
def gated(x: Array, stream: Array, gate_up: Array, down: Array, alpha: Number, limit: Number) -> None:
    """Adds down(activation(gate_up(x))) to the stream. gate_up `[hidden, 2 * width]`, gates first."""
    stream += _gated(x, gate_up, down, alpha, limit, np.ones(x.shape[0], np.float32))


@_inlined
def _route(x: Array, weight: Array, bias: Array, per_token: int, scale: Number, shares: Array) -> None:
    """Puts each expert's share into `shares`, 0 for one that is not chosen; their sum is `scale`."""
    scores, total = np.empty(shares.shape[0], np.float32), np.float32(0)
    for expert in range(shares.shape[0]):
        scores[expert] = np.float32(1) / (np.float32(1) + exp(-_dot(x, weight[expert])))
    ranks = scores + bias
    for _ in range(per_token):
        best = np.argmax(ranks)
        shares[best], ranks[best] = scores[best], _NEVER
        total += scores[best]
    shares *= scale / total


@_called
def experts(
    x: Array,
    stream: Array,
    router: Array,
    bias: Array,
    per_token: int,
    scale: Number,
    gate_up: Array,
    down: Array,
    alpha: Number,
    limit: Number,
) -> None:
    """Adds the chosen experts of x, weighted by the router, to the stream. An expert sees the rows that chose it.

    x, stream `[T, hidden]`, router `[experts, hidden]`, bias `[experts]`; gate_up `[experts, hidden, 2 * width]`, down
    `[experts, width, hidden]`.
    """
    shares = np.zeros((x.shape[0], router.shape[0]), np.float32)
    for row in range(x.shape[0]):
        _route(x[row], router, bias, per_token, scale, shares[row])
    for expert in range(router.shape[0]):
        rows = np.nonzero(shares[:, expert])[0]
        own = np.zeros(((rows.shape[0] + 3) // 4 * 4, x.shape[1]), np.float32)
        for place in range(rows.shape[0]):
            own[place] = x[rows[place]]
        found = _gated(own, gate_up[expert], down[expert], alpha, limit, shares[rows, expert])
        for place in range(rows.shape[0]):
            stream[rows[place]] += found[place]


def ready(weight: types.Type) -> None:
    """Compiles everything for weights of this type, `float32` or `uint16`, or finds it compiled."""
    line, lines, weights = float32[::1], float32[:, ::1], weight[:, ::1]
    four, where = types.UniTuple(int64, 4), (int32[:, ::1], int32[::1], int64[::1], int64, int64)
    cache = (float32[:, :, :, ::1], float32[:, :, ::1])
    turns = (lines, lines, int64[::1])
    kinds = {
        normed: lines(lines, line, float32),
        product: lines(lines, weights),
        attention: void(lines, lines, weights, weights, four, types.UniTuple(line, 4), float32, *turns, *cache, *where),
        gated: void(lines, lines, weights, weights, float32, float32),
        experts: void(lines, lines, lines, line, int64, float32, *[weight[:, :, ::1]] * 2, float32, float32),
    }
    for function, kind in kinds.items():
        function.compile(kind)


WEIGHTS = {"float32": float32, "uint16": uint16}
"""The types that weights may have, by numpy's name."""
