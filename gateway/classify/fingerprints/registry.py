"""Changing what is registered: a new index from an old one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import SHARED_BIT, Index, Numbers, owner_numbers
from gateway.classify.fingerprints.keying import Places, Words, distinct

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Addition:
    """A document to register, and its distinct fingerprints, ascending."""

    document: Registered
    values: Words = field(repr=False)


def empty_index(tenant: str, public: Words) -> Index:
    """Returns an index with nothing registered."""
    return Index.of(tenant, (), np.zeros(0, np.uint64), np.zeros(0, np.uint32), distinct(public))


def with_public(index: Index, public: Words) -> Index:
    """Returns the index with more fingerprints that anybody's text may have."""
    every = distinct(np.concatenate((index.public, public)))
    return _assembled(index.tenant, index.documents, index.values, index.numbers & ~SHARED_BIT, every)


def with_documents(index: Index, additions: Iterable[Addition]) -> Index:
    """Returns the index with these documents in place of any of the same owner and name."""
    new = {(each.document.owner, each.document.name): each for each in additions}
    rest = without(index, [document for document in index.documents if (document.owner, document.name) in new])
    documents = [*rest.documents, *(each.document for each in new.values())]
    values, numbers = [rest.values], [rest.numbers & ~SHARED_BIT]
    for number, each in enumerate(new.values(), start=len(rest.documents)):
        values.append(each.values)
        numbers.append(np.full(each.values.size, number, np.uint32))
    return _assembled(index.tenant, documents, np.concatenate(values), np.concatenate(numbers), index.public)


def without(index: Index, gone: Sequence[Registered]) -> Index:
    """Returns the index without these documents. What only they had in common with others counts again."""
    leaving = set(gone)
    stays = np.array([document not in leaving for document in index.documents], np.bool_)
    numbers = index.numbers & ~SHARED_BIT
    kept = stays[numbers] if stays.size else np.zeros(0, np.bool_)
    renumbered = (np.cumsum(stays) - 1).astype(np.uint32)
    documents = [document for document in index.documents if document not in leaving]
    return _assembled(index.tenant, documents, index.values[kept], renumbered[numbers[kept]], index.public)


def values_of(index: Index, number: int) -> Words:
    """Returns the fingerprints of one document, ascending."""
    mine: Words = index.values[(index.numbers & ~SHARED_BIT) == number]
    return mine


def _assembled(tenant: str, documents: Sequence[Registered], values: Words, numbers: Numbers, public: Words) -> Index:
    order = np.lexsort((numbers, values))
    values, numbers = values[order], numbers[order]
    shared = _shared(documents, values, numbers, public)
    lost = np.bincount(numbers[shared], minlength=len(documents)).tolist()
    counted = [replace(document, shared=count) for document, count in zip(documents, lost, strict=True)]
    return Index.of(tenant, counted, values, np.where(shared, numbers | SHARED_BIT, numbers), public)


def _shared(documents: Sequence[Registered], values: Words, numbers: Numbers, public: Words) -> Flags:
    """Which rows are of no single owner. Rows of tables always count: a customer may stand in two of them."""
    if values.size == 0:
        return np.zeros(0, np.bool_)
    owners = owner_numbers(documents)[numbers]
    starts = np.flatnonzero(np.append(np.ones(1, np.bool_), values[1:] != values[:-1]))
    several = np.minimum.reduceat(owners, starts) != np.maximum.reduceat(owners, starts)
    shared: Flags = np.repeat(several, np.diff(np.append(starts, values.size)))
    shared |= _is_in(values, public)
    tables = np.array([document.kind is Kind.TABLE for document in documents], np.bool_)
    return shared & ~tables[numbers]


def _is_in(values: Words, sorted_set: Words) -> Flags:
    if sorted_set.size == 0:
        return np.zeros(values.size, np.bool_)
    at: Places = np.searchsorted(sorted_set, values)
    at[at == sorted_set.size] = 0
    return np.asarray(sorted_set[at] == values)
