"""What becomes of a new rate or offer beside those there are. Pure: rows go in, nothing is read or written.

A line speaks for its own days alone: what held before it ends on the day before, what held after it holds again.
What begins later is never rewritten; what begins on the same day only by a line that says which amount it corrects.
Source: domain handbook, "Plan, rate".
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from groups.models import PlanOffer, Rate, RateLoadRow
from groups.rate_shelf import Days, Row, Shelf, days_meet, includes, last_of
from groups.rate_verdicts import (
    DAY,
    Judgment,
    Verdict,
    judge_end,
    judge_offer,
    judge_rate,
    rest_of,
    with_pieces,
    wrong,
)

Scope = tuple[Hashable, ...]


class RateBook:
    """The rates and offers of some groups as they will be: those there are, and what was taken.

    *corrected* are rates whose amount was wrong, with that amount. Nothing that has begun on *today* is taken back.
    """

    def __init__(self, rates: Iterable[Rate], offers: Iterable[PlanOffer], *, today: date) -> None:
        self.offers = Shelf(offers, key=_whom, scopes=_choosers)
        self.rates = Shelf(rates, key=_what, scopes=lambda rate: (_way(rate), _what(rate)))
        self.corrected: list[tuple[Rate, Decimal]] = []
        self._today = today
        self._ages: defaultdict[Scope, set[tuple[int, int]]] = defaultdict(set)
        for rate in self.rates:
            self._note_ages(rate)

    def take_offer(self, offer: PlanOffer) -> Judgment:
        """Take *offer*, or let the one there is last longer, unless it is so already or something is in the way."""
        meeting = [one for one in self.offers.beside(offer) if days_meet(one, offer)]
        judgment = judge_offer(offer, meeting)
        if judgment.verdict == Verdict.EXTENDS:
            self.offers.end(meeting[0], offer.effective_to)
        elif judgment.verdict in RateLoadRow.TAKEN:
            self.offers.add(offer)
        return judgment

    def take_rate(self, rate: Rate, *, instead_of: Decimal | None = None) -> Judgment:
        """Take *rate* for its own days, or let the one there is last longer, unless something stands in its way.

        *instead_of* is the wrong amount of a rate that begins on the same day, where the line corrects it. A
        correction without a last day leaves the one there is.
        """
        beside = self.rates.beside(rate)
        if instead_of is not None and rate.effective_to is None:
            same_day = (one for one in beside if one.effective_from == rate.effective_from)
            rate.effective_to = next((one.effective_to for one in same_day), None)
        meeting = [one for one in beside if days_meet(one, rate)]
        follower = _follower(meeting[0], beside) if meeting else None
        judgment = self._refusal(rate) or judge_rate(
            rate, meeting, follower=follower, instead_of=instead_of
        )
        if judgment.verdict == Verdict.CORRECTS and instead_of is not None:
            judgment = with_pieces(judgment, rate, beside, instead_of)
        if judgment.verdict in RateLoadRow.TAKEN:
            self._take(rate, judgment.verdict, meeting)
        return judgment

    def end_offer(self, offer: PlanOffer) -> Judgment:
        """Let an offer to the same people as *offer* end with its last day, and take back those that begin later."""
        return self._end(self.offers, offer)

    def end_rate(self, rate: Rate) -> Judgment:
        """Let a rate of the same people as *rate* end with its last day, and take back those that begin later."""
        return self._end(self.rates, rate)

    def _take(self, rate: Rate, verdict: Verdict, meeting: list[Rate]) -> None:
        if verdict == Verdict.EXTENDS:
            self.rates.end(meeting[0], rate.effective_to)
            return
        if meeting and (rest := rest_of(meeting[0], rate)):
            self.rates.add(rest)
        if verdict == Verdict.CORRECTS:
            self._correct(meeting[0], rate)
            return
        if meeting:
            self.rates.end(meeting[0], rate.effective_from - DAY)
        self.rates.add(rate)
        self._note_ages(rate)

    def _correct(self, one: Rate, rate: Rate) -> None:
        """Let *one* say what *rate* does; to correct a line of the same file is no correction of what was on file."""
        if one.pk:
            self.corrected.append((one, one.amount))
        one.amount, one.load = rate.amount, rate.load
        self.rates.end(one, rate.effective_to)

    def _end(self, shelf: Shelf[Row], row: Row) -> Judgment:
        last = last_of(row)
        beside = shelf.beside(row)
        later = [one for one in beside if one.effective_from > last]
        at = next((one for one in beside if includes(one, last)), None)
        judgment = judge_end(last, at, list(later), today=self._today)
        if judgment.verdict == Verdict.ENDS:
            for one in later:
                shelf.remove(one)
            if at and at.effective_to != last:
                shelf.end(at, last)
        return judgment

    def _refusal(self, rate: Rate) -> Judgment | None:
        """Return why the group cannot have a rate like this at all, if so."""
        first = rate.effective_from
        if not any(includes(period, first) for period in self._offered(rate)):
            words = _("The group does not offer this plan on that day. Add a line that offers it.")
            return Judgment(Verdict.WRONG, "plan", words)
        for period in self.rates.periods(_other_way(rate)):
            if days_meet(period, rate):
                words = _(
                    "The group pays for this plan in another way, by tier or by age: %(period)s."
                )
                return wrong("tier", words, period)
        return self._refuse_ages(rate)

    def _offered(self, rate: Rate) -> Iterator[Days]:
        """Give the periods in which payers of *rate* may choose the plan; a group's rate serves any unit's offer."""
        plan = (rate.group_id, rate.plan_id)
        if rate.subgroup_id is None:
            return self.offers.periods(plan)
        return self.offers.periods((*plan, None), (*plan, rate.subgroup_id))

    def _refuse_ages(self, rate: Rate) -> Judgment | None:
        """Return the refusal of a rate by age some of whose years share another rate."""
        for ages in self._ages[_whose(rate)]:
            if not _share_years(rate, *ages):
                continue
            if any(days_meet(one, rate) for one in self.rates.periods((*_whose(rate), *ages))):
                words = _("Ages %(first)s to %(last)s share one rate. Write the same ages.")
                named = dict(zip(("first", "last"), ages, strict=True))
                return Judgment(Verdict.WRONG, "age_from", words % named)
        return None

    def _note_ages(self, rate: Rate) -> None:
        if rate.age_from is not None and rate.age_to is not None:
            self._ages[_whose(rate)].add((rate.age_from, rate.age_to))


def _follower(rate: Rate, beside: Iterable[Rate]) -> Rate | None:
    """Return the one that begins on the day after *rate* ends."""
    after = rate.effective_to and rate.effective_to + DAY
    return next((one for one in beside if one.effective_from == after), None)


# --- What is for the same people ------------------------------------------------------------------


def _whom(offer: PlanOffer) -> Scope:
    return (offer.group_id, offer.plan_id, offer.subgroup_id, offer.class_code)


def _choosers(offer: PlanOffer) -> tuple[Scope, Scope]:
    plan = (offer.group_id, offer.plan_id)
    return plan, (*plan, offer.subgroup_id)


def _whose(rate: Rate) -> Scope:
    return (rate.group_id, rate.plan_id, rate.subgroup_id, rate.tier)


def _what(rate: Rate) -> Scope:
    return (*_whose(rate), rate.age_from, rate.age_to)


def _way(rate: Rate) -> Scope:
    """Return the plan with how the group pays for it: by age, or by tier."""
    return (rate.group_id, rate.plan_id, rate.age_from is not None)


def _other_way(rate: Rate) -> Scope:
    return (rate.group_id, rate.plan_id, rate.age_from is None)


def _share_years(rate: Rate, first: int, last: int) -> bool:
    """Tell whether *rate* is for some of the ages from *first* to *last*, but not for the same."""
    if (
        rate.age_from is None
        or rate.age_to is None
        or (rate.age_from, rate.age_to) == (first, last)
    ):
        return False
    return rate.age_from <= last and first <= rate.age_to


def collide(one: Rate, other: Rate) -> bool:
    """Tell whether both would price the same people of the same plan on the same day."""
    if _whose(one) != _whose(other) or not days_meet(one, other):
        return False
    if other.age_from is None or other.age_to is None:
        return True
    return _what(one) == _what(other) or _share_years(one, other.age_from, other.age_to)
