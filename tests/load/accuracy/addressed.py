"""First names alone in plain sentences: half of them are words, brands or places too, which is where they are missed.

Each sentence says without doubt that somebody is meant: a greeting, thanks, talk, what only people do.
"""

from __future__ import annotations

from tests.load.accuracy.documents import Document, Truth

NAMES = (
    "Aisha Amber Anjali Apu April Archer Autumn Barney Bart Basil Beatriz Bernice Bill Bob Bärbel Carter Chase "
    "Chiara Chidi Chip Christian Clive Consuela Cooper Crystal Daisy Dawn Dmitri Doreen Drew Earnest Edna Enzo "
    "Ernest Eve Faith Fatima Fletcher Frank Gertrude Giulia Gladys Grace Grant Hazel Heather Heike Holly Homer Hope "
    "Horst Hunter Igor Iris Ivy Jack Jade Jorge Joy June Jürgen Katya Kwame Lily Lisa Luis Maggie Marge Mark Martha "
    "Mason Maureen Max May Miles Ming Moe Ned Ngozi Nigel Olga Olive Olu Omar Parker Pat Patty Pearl Pilar Porter "
    "Priya Ravi Renzo Rex Rob Roman Rose Rosemary Ruby Ruth Sabine Sanjay Sawyer Selma Sue Summer Svetlana Taylor "
    "Trevor Tyler Uwe Vera Wanda Wei Will Yusuf"
).split()
SENTENCES = (
    "Dear {},\nthank you for your letter.\n",
    "Hi {}, can you look at this?",
    "Hello {}!\n",
    "Thanks, {}\n",
    "Best regards\n{}\n",
    "I talked to {} yesterday.",
    "Yesterday I met {} at the station, she says hello.\n",
    "Please send it to {}.",
    "Bring {} the keys, please.",
    "{} wrote: I agree.",
    "{} will call you tomorrow.\n",
    "{} is my neighbour.",
    "my colleague {} is ill",
    "I saw {} at the station.",
    "{} has a headache.",
    "That coat belongs to {}.",
)
"""The last three stand for sentences that no rule was written for."""


def addressed_documents() -> list[Document]:
    """Returns each name in each sentence; the group is the sentence."""
    return [_document(sentence, name) for sentence in SENTENCES for name in NAMES]


def _document(sentence: str, name: str) -> Document:
    start = sentence.index("{}")
    return Document(sentence.format(name), (Truth(start, start + len(name), "PERSON"),), repr(sentence.strip()))
