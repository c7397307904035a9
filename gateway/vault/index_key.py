"""The key under which names are looked up. It outlives every master: else a change of master would lose every name."""

from __future__ import annotations

from gateway.vault.envelope import Place
from gateway.vault.keys import WrappingKeys
from gateway.vault.store import Conversation, VaultStore

_ID, _NOBODY, _ITEM, _VERSION = b"index key", "", b"key", 1
_NEVER_MS = 253_402_300_799_000
"""The last second of the year 9999, UTC."""


def kept_index_key(store: VaultStore, keys: WrappingKeys, first: bytes) -> bytes:
    """Returns the vault's own key for names: `first` (32 secret bytes) for a vault that has none yet, for ever after.

    It lies in the store as a data key without a conversation, so it is wrapped anew with all others.

    Raises:
        VaultUnavailable: the store cannot be used.
        StateUnreadable: none of the keys wrapped it.
    """
    place = Place(_NOBODY, _ID, _ITEM, _VERSION)
    with store.transaction():
        row = store.conversation(_ID)
        if row is not None:
            return keys.unwrap(row.key, place)
        store.put(Conversation(_ID, _NOBODY, keys.wrap(first, place), _VERSION, b"", _NEVER_MS))
    return first
