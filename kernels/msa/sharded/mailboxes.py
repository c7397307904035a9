"""Memory that every rank of one host can write to, for exchanging keys without a collective.

It is allocated and mapped once, through `torch.distributed._symmetric_memory`; NVLink's multicast is not used.
"""

from dataclasses import dataclass

import torch
import torch.distributed
import torch.distributed._symmetric_memory as symmetric_memory

from kernels.msa.layout import TOPK
from kernels.msa.sharded.share import Outbox, Share

SETS: int = 2
"""Mailboxes of a row and rank: a rank that is a call ahead fills the second while the first is still being read."""


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """A rank's mailboxes, and where those of the others are. `README.md` says why two sets of them suffice.

    Attributes:
        share: this rank's share.
        keys: `[2, ranks, rows, 16]` int64, what others send here; 0 is empty.
        addresses: `[ranks]` int64, where each rank's `keys` lie as seen from here.
        turn: `[rows]` int32, which set a row's next call uses; the same on every rank.
        mapping: what keeps the others' memory mapped.
    """

    share: Share
    keys: torch.Tensor
    addresses: torch.Tensor
    turn: torch.Tensor
    mapping: object

    @property
    def rows(self) -> int:
        """Most rows, `total_q * H`, of a call."""
        return self.keys.shape[2]

    @property
    def outbox(self) -> Outbox:
        """Where this rank sends to."""
        return Outbox(self.addresses, self.turn, self.rows)


def open_mailboxes(rows: int, device: torch.device, group: torch.distributed.ProcessGroup | None = None) -> Mailboxes:
    """Mailboxes for calls of up to `rows` rows; every rank of the group calls this together. Synchronises.

    256 bytes a row and rank. All calls that use them must be in one order, the same on every rank, and not overlap:
    on one stream, say. A graph that was captured with them counts as such a call wherever it is replayed.

    Raises:
        RuntimeError: the ranks' GPUs cannot reach each other's memory, or sit in different hosts.
    """
    group = group or torch.distributed.group.WORLD
    if group is None:
        raise RuntimeError("no process group: torch.distributed.init_process_group comes first")
    share = Share(torch.distributed.get_rank(group), torch.distributed.get_world_size(group))
    keys = symmetric_memory.empty((SETS, share.ranks, rows, TOPK), dtype=torch.int64, device=device)
    mapping = symmetric_memory.rendezvous(keys, group)
    places = [mapping.get_buffer(rank, keys.shape, keys.dtype).data_ptr() for rank in range(share.ranks)]
    if places[share.rank] != keys.data_ptr():
        raise RuntimeError("symmetric memory does not begin where its tensor does")
    keys.zero_()
    torch.cuda.synchronize(device)
    torch.distributed.barrier(group)
    return Mailboxes(
        share,
        keys,
        torch.tensor(places, dtype=torch.int64, device=device),
        torch.zeros(rows, dtype=torch.int32, device=device),
        mapping,
    )
