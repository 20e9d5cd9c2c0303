"""What an accepted renewal makes of a group's rates and offers, and what stands in its way. Writes nothing."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from groups.models import Plan, PlanOffer, Rate, Renewal, RenewalRate
from groups.rate_book import RateBook
from groups.rate_reading import read_book
from groups.rate_shelf import includes
from groups.rate_verdicts import Judgment, Verdict, said
from groups.rates import DAY
from groups.renewal_reading import rates_of
from portal.templatetags.portal_words import money

SHOWN = 3  # problems that are told at once


def book_of(renewal: Renewal) -> tuple[RateBook, list[str]]:
    """Return the rates and offers of the group as *renewal* would leave them, and the first problems if it cannot.

    The plans of the renewal are offered to whom the plans of today are; a plan that another takes the place of ends on
    the day before. Four statements.
    """
    lines = rates_of(renewal)
    plans = {plan.pk: plan for line in lines for plan in (line.current_plan, line.renewal_plan)}
    book = read_book([renewal.group], plans.values())
    return book, list(islice(_problems(renewal, lines, book), SHOWN))


def _problems(renewal: Renewal, lines: list[RenewalRate], book: RateBook) -> Iterator[str]:
    """Put *lines* into *book*; give what stands in the way."""
    pairs = dict.fromkeys((line.current_plan, line.renewal_plan) for line in lines)
    following = {following for _current, following in pairs}
    for current, then in pairs:
        if not _is_open(then, renewal):
            day = said(renewal.renewal_date)
            yield _("%(plan)s: We do not have this plan on %(day)s.") % {"plan": then, "day": day}
        for offer in _offers(current, then, renewal, book):
            yield from _told(book.take_offer(offer), str(then))
    currents = {current for current, _then in pairs}
    for line in lines:
        if line.renewal_plan not in currents:
            yield from _repriced(line, renewal, book)
    for current in currents - following:
        yield from _told_all(_end(current, renewal, book), str(current))
    for line in lines:
        judgment = book.take_rate(_rate(line, renewal))
        yield from _told(judgment, f"{line.renewal_plan}, {line.get_tier_display()}")


def _repriced(line: RenewalRate, renewal: Renewal, book: RateBook) -> Iterator[str]:
    """Tell when the group has the new plan today at another amount: who has it would get a price nobody compared."""
    day = renewal.renewal_date - DAY
    for rate in book.rates:
        if rate.plan_id != line.renewal_plan_id or rate.tier != line.tier or rate.subgroup_id:
            continue
        if includes(rate, day) and rate.amount != line.renewal_amount:
            words = _(
                "%(plan)s, %(tier)s: The group has this plan today for %(amount)s, and the renewal does not compare it."
                " Draft it anew with a line for it."
            )
            names = {"plan": line.renewal_plan, "tier": line.get_tier_display()}
            yield words % {**names, "amount": money(rate.amount)}


def _is_open(plan: Plan, renewal: Renewal) -> bool:
    last = plan.term_date or renewal.renewal_date
    return plan.effective_date <= renewal.renewal_date <= last


def _offers(current: Plan, then: Plan, renewal: Renewal, book: RateBook) -> list[PlanOffer]:
    """Return offers of the plan *then* to whom *current* is offered on the day before; to everybody without any."""
    day = renewal.renewal_date
    whom = [
        (one.subgroup, one.class_code)
        for one in book.offers
        if one.plan_id == current.pk and includes(one, day - DAY)
    ]
    return [
        PlanOffer(
            group=renewal.group, plan=then, subgroup=unit, class_code=code, effective_from=day
        )
        for unit, code in whom or [(None, "")]
        if unit is None or unit.term_date is None or unit.term_date >= day
    ]


def _rate(line: RenewalRate, renewal: Renewal) -> Rate:
    return Rate(
        group=renewal.group,
        plan=line.renewal_plan,
        tier=line.tier,
        amount=line.renewal_amount,
        effective_from=renewal.renewal_date,
    )


def _end(plan: Plan, renewal: Renewal, book: RateBook) -> Iterator[Judgment]:
    """Let the offers and rates of *plan* end on the day before the renewal."""
    last = renewal.renewal_date - DAY
    of_plan = {"group": renewal.group, "plan": plan, "effective_from": last, "effective_to": last}
    for offer in [one for one in book.offers if one.plan_id == plan.pk and includes(one, last)]:
        whom = {"subgroup_id": offer.subgroup_id, "class_code": offer.class_code}
        yield book.end_offer(PlanOffer(**of_plan, **whom))
    for rate in [one for one in book.rates if one.plan_id == plan.pk and includes(one, last)]:
        ages = {"age_from": rate.age_from, "age_to": rate.age_to}
        yield book.end_rate(Rate(**of_plan, subgroup_id=rate.subgroup_id, tier=rate.tier, **ages))


def _told_all(judgments: Iterable[Judgment], what: str) -> Iterator[str]:
    for judgment in judgments:
        yield from _told(judgment, what)


def _told(judgment: Judgment, what: str) -> Iterator[str]:
    if judgment.verdict == Verdict.WRONG:
        yield f"{what}: {judgment.message}"
