"""Prices resolved: what is known is read as one unchanging view, and judged by the pure rules of `mdm.pricing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.errors import MdmError
from mdm.pricing import ProductFacts, Question, Resolution, resolve
from mdm.selectors.feed_positions import last_position, position_at
from mdm.selectors.price_facts import Asked, Prepared, prepared_questions
from mdm.services.snapshot import read_only_snapshot


class NotKnownYet(MdmError):
    """What will be known in the future nobody can say, and an answer must never change."""

    code = "not_known_yet"

    def __init__(self) -> None:
        super().__init__("known_at lies in the future; leave it out to ask for what is known now.")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, as it was understood, and what it came to; `ship_to_is_its_own` as in `Prepared`."""

    question: Question
    product: ProductFacts
    resolution: Resolution
    ship_to_is_its_own: bool | None


def known_position(known_at: int | datetime) -> int:
    """The feed position meant: an instant stands for the last one before it. Raises NotKnownYet."""
    if isinstance(known_at, datetime):
        position = position_at(known_at)
        if position is None:
            raise NotKnownYet
        return position
    if known_at > last_position():
        raise NotKnownYet
    return known_at


def resolve_prices(asked: Sequence[Asked], *, position: int | None = None) -> tuple[list[Answer], int]:
    """The answers in the order of the questions, and the feed position that all they rest on was known at.

    With a `position` (from `known_position`) the answer is the same whenever it is asked. None means now: everything
    up to the position told, and what was committed since and has no position yet.
    """
    if position is not None:
        # What was known there changes no more, so that nothing has to be held still meanwhile.
        return _answers(prepared_questions(asked, position=position)), position
    with read_only_snapshot() as latest:
        prepared = prepared_questions(asked)
    return _answers(prepared), latest


def _answers(prepared: Sequence[Prepared]) -> list[Answer]:
    return [
        Answer(
            each.question,
            each.product,
            resolve(each.question, each.product, each.candidates),
            each.ship_to_is_its_own,
        )
        for each in prepared
    ]
