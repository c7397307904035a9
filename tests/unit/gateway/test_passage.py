"""Every attempt is decided anew; a verdict is used again only while nothing of its question has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import duties, entries
from gateway.classify.text_call import call_of
from gateway.exchange import TraceSink
from gateway.passage import Passage
from gateway.policy.question import digest, question_for
from gateway.ports import Stages
from gateway.types import (
    AppId,
    Category,
    Classification,
    HexDigest,
    Identity,
    KeyId,
    Labels,
    Level,
    Obligations,
    PrincipalClass,
    Question,
    Role,
    Sight,
    TenantId,
    Verdict,
)
from routers.types import Access, Target
from tests.fakes.targets import target

DAY_MS = 86_400_000
NOTHING = Labels(Level.PUBLIC, frozenset())
PERSONAL = Labels(Level.CONFIDENTIAL, frozenset({Category.PII_DIRECT}))
SEEN = tuple(Classification((), labels) for labels in (NOTHING, PERSONAL))
CALL = call_of("Draft the agenda.")
IDENTITY = Identity(
    key_id=KeyId("gk_1"),
    tenant=TenantId("acme"),
    app=AppId("assistant"),
    principal_class=PrincipalClass.EMPLOYEE,
    clearance=Level.RESTRICTED,
    purposes=frozenset({"general"}),
    roles=frozenset({Role.CALL}),
)
PLACES = (target("closed-a"), target("closed-b"))


@dataclass
class World:
    """What can change while a request is under way, and a policy that is a function of the question."""

    access: Access = Access.ACTIVE
    now_ms: int = DAY_MS
    sight: Sight = field(default_factory=lambda: Sight(SEEN[0], NOTHING))
    revision: str = "r1"
    questions: list[Question] = field(default_factory=list)

    async def decide(self, question: Question) -> Verdict:
        self.questions.append(question)
        return self.answer(question)

    def answer(self, question: Question) -> Verdict:
        """Half of all questions are allowed, whatever they are."""
        fingerprint = digest(question)
        is_odd = (int(fingerprint, 16) + len(self.revision)) % 2 == 1
        duties = Obligations(mask=frozenset(map(Category, question.categories)))
        return Verdict(question.destination, is_odd, (), duties, HexDigest(self.revision), fingerprint)


def passage(world: World) -> Passage:
    stages = SimpleNamespace(
        policy=world,
        router=SimpleNamespace(access=lambda _: world.access),
        clock=SimpleNamespace(now_ms=lambda: world.now_ms),
        standing=SimpleNamespace(sight=lambda *_: world.sight),
    )
    case = entries.Case(IDENTITY, CALL, SEEN[0], "general", (), "r1", "")
    return Passage(cast(Stages, stages), case, TraceSink(CALL.request_id))


async def anew(world: World, place: Target) -> Verdict:
    """The answer of somebody who remembers nothing."""
    question = question_for(
        identity=IDENTITY,
        call=CALL,
        sight=world.sight,
        purpose="general",
        destination=place.destination.id,
        access=world.access,
        now_ms=world.now_ms,
    )
    return await duties.decide(World(revision=world.revision), question, world.sight.found)


CHANGES = st.one_of(
    st.tuples(st.just("access"), st.sampled_from(Access)),
    st.tuples(st.just("now_ms"), st.integers(0, 4 * DAY_MS)),
    st.tuples(st.just("revision"), st.sampled_from(("r1", "r22"))),
    st.tuples(
        st.just("sight"),
        st.builds(
            Sight, st.sampled_from(SEEN), st.sampled_from((NOTHING, PERSONAL)), st.sampled_from(((), ("geo.50",)))
        ),
    ),
)


@given(steps=st.lists(st.tuples(CHANGES, st.sampled_from(PLACES)), max_size=12))
@settings(max_examples=150, deadline=None)
async def test_what_is_remembered_is_what_would_be_decided_anew(
    steps: list[tuple[tuple[str, object], Target]],
) -> None:
    world = World()
    walk = passage(world)
    for (name, value), place in steps:
        setattr(world, name, value)
        for _ in range(2):
            assert await walk.judge([place]) == (await anew(world, place),)


async def test_nothing_is_asked_twice_while_nothing_changes() -> None:
    world = World()
    walk = passage(world)
    for _ in range(3):
        await walk.permitted(PLACES[0])
    assert len(world.questions) == 1


async def test_withdrawn_access_is_asked_about() -> None:
    world = World()
    walk = passage(world)
    await walk.permitted(PLACES[0])
    world.access = Access.REVOKED
    await walk.permitted(PLACES[0])
    assert [question.access for question in world.questions] == ["active", "revoked"]
