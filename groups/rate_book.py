"""What becomes of a new rate or offer beside those there are. Pure: rows go in, nothing is read or written.

A new rate ends the one it follows on the day before; it never rewrites one that begins on the same day or later.
Source: domain handbook, "Plan, rate".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from groups.models import InForce, PlanOffer, Rate, RateLoadRow

Verdict = RateLoadRow.Verdict
Words = str | Promise


@dataclass(frozen=True)
class Judgment:
    """The *verdict* on a line; *message* says more, of a wrong line about its *column*."""

    verdict: Verdict
    column: str = ""
    message: Words = ""


class RateBook:
    """The rates and offers of some groups as they will be: those there are, and what was taken.

    *new_rates* and *new_offers* are rows to add, *shortened* the rates that end earlier than they did, by their id.
    """

    def __init__(self, rates: Iterable[Rate], offers: Iterable[PlanOffer]) -> None:
        self.new_rates: list[Rate] = []
        self.new_offers: list[PlanOffer] = []
        self.shortened: dict[int, Rate] = {}
        self._rates: defaultdict[tuple[int, int], list[Rate]] = defaultdict(list)
        self._offers: defaultdict[tuple[int, int], list[PlanOffer]] = defaultdict(list)
        for rate in rates:
            self._rates[rate.group_id, rate.plan_id].append(rate)
        for offer in offers:
            self._offers[offer.group_id, offer.plan_id].append(offer)

    def take_offer(self, offer: PlanOffer) -> Judgment:
        """Take *offer*, unless it is there already or would overlap another to the same people."""
        of_plan = self._offers[offer.group_id, offer.plan_id]
        whom = (offer.subgroup_id, offer.class_code)
        for other in of_plan:
            if (other.subgroup_id, other.class_code) == whom and days_meet(offer, other):
                return _beside(offer, other)
        of_plan.append(offer)
        self.new_offers.append(offer)
        return Judgment(Verdict.NEW)

    def take_rate(self, rate: Rate) -> Judgment:
        """Take *rate* and end the one it follows on the day before, unless something stands in its way."""
        of_plan = self._rates[rate.group_id, rate.plan_id]
        in_the_way = [one for one in of_plan if collide(one, rate)]
        judgment = self._refusal(rate, of_plan) or _judge(rate, in_the_way)
        if judgment.verdict in RateLoadRow.TAKEN:
            for former in in_the_way:
                self._end(former, before=rate.effective_from)
            of_plan.append(rate)
            self.new_rates.append(rate)
        return judgment

    def _refusal(self, rate: Rate, of_plan: Iterable[Rate]) -> Judgment | None:
        """Return why the group cannot have a rate like this at all, if so."""
        offers = self._offers[rate.group_id, rate.plan_id]
        if not any(_serves(offer, rate) for offer in offers):
            words = _("The group does not offer this plan on that day. Add a line that offers it.")
            return Judgment(Verdict.WRONG, "plan", words)
        for one in of_plan:
            if (one.age_from is None) != (rate.age_from is None) and days_meet(one, rate):
                words = _(
                    "The group pays for this plan in another way, by tier or by age: %(period)s."
                )
                return _wrong("tier", words, one)
        return None

    def _end(self, rate: Rate, *, before: date) -> None:
        rate.effective_to = before - timedelta(days=1)
        if rate.pk:
            self.shortened[rate.pk] = rate


def days_meet(one: InForce, other: InForce) -> bool:
    """Tell whether there is a day on which both are in force."""
    return one.effective_from <= _last(other) and other.effective_from <= _last(one)


def collide(one: Rate, other: Rate) -> bool:
    """Tell whether both would price the same people of the same plan on the same day."""
    if (one.group_id, one.plan_id, one.subgroup_id, one.tier) != (
        other.group_id, other.plan_id, other.subgroup_id, other.tier,
    ):  # fmt: skip
        return False
    return days_meet(one, other) and _ages_meet(one, other)


def _ages_meet(one: Rate, other: Rate) -> bool:
    if one.age_from is None or one.age_to is None or other.age_from is None or other.age_to is None:
        return True
    return one.age_from <= other.age_to and other.age_from <= one.age_to


def _judge(rate: Rate, in_the_way: list[Rate]) -> Judgment:
    """Return what becomes of *rate* beside those that hold for the same people."""
    for one in in_the_way:
        if (one.age_from, one.age_to) != (rate.age_from, rate.age_to):
            words = _("Ages %(first)s to %(last)s share one rate. Write the same ages.")
            ages = {"first": one.age_from, "last": one.age_to}
            return Judgment(Verdict.WRONG, "age_from", words % ages)
        if _says_the_same(rate, one):
            return Judgment(Verdict.SAME)
        if one.effective_from == rate.effective_from:
            words = _("Another rate begins on this day, $%(amount)s. Begin on a later day.")
            return Judgment(Verdict.WRONG, "effective_from", words % {"amount": one.amount})
        if one.effective_from > rate.effective_from:
            words = _("Another rate follows: %(period)s. Enter a last day before it.")
            return _wrong("effective_to", words, one)
    return Judgment(Verdict.REPLACES if in_the_way else Verdict.NEW)


def _says_the_same(rate: Rate, one: Rate) -> bool:
    """Tell whether *one* is what *rate* asks for. A line without a last day means: until something follows."""
    is_alike = (one.amount, one.effective_from) == (rate.amount, rate.effective_from)
    return is_alike and rate.effective_to in {None, one.effective_to}


def _beside(offer: PlanOffer, other: PlanOffer) -> Judgment:
    """Return the verdict on *offer*, which meets *other* to the same people."""
    if other.effective_from <= offer.effective_from and (
        offer.effective_to in {None, other.effective_to} or _last(offer) <= _last(other)
    ):
        return Judgment(Verdict.SAME)
    return _wrong("effective_from", _("The group offers this plan already: %(period)s."), other)


def _serves(offer: PlanOffer, rate: Rate) -> bool:
    """Tell whether *offer* lets people choose the plan when *rate* begins; a group's rate serves any unit's offer."""
    is_theirs = rate.subgroup_id is None or offer.subgroup_id in {None, rate.subgroup_id}
    return is_theirs and offer.effective_from <= rate.effective_from <= _last(offer)


def _last(row: InForce) -> date:
    return row.effective_to or date.max


def _wrong(column: str, words: str, other: InForce) -> Judgment:
    """Return the refusal in *words*, with the period of the row that stands in the way."""
    first = date_format(other.effective_from, "M j, Y")
    if other.effective_to is None:
        period = _("from %(first)s") % {"first": first}
    else:
        last = date_format(other.effective_to, "M j, Y")
        period = _("%(first)s to %(last)s") % {"first": first, "last": last}
    return Judgment(Verdict.WRONG, column, words % {"period": period})
