"""The verdict on a line beside the rows for the same people that it meets. Pure: nothing is changed here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from groups.models import InForce, PlanOffer, Rate, RateLoadRow
from groups.percents import percent_more
from groups.rate_shelf import Days, last_of
from portal.templatetags.portal_words import percent

Verdict = RateLoadRow.Verdict
Words = str | Promise
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Judgment:
    """The *verdict* on a line; *message* says more, of a wrong line about its *column*."""

    verdict: Verdict
    column: str = ""
    message: Words = ""


def judge_offer(offer: PlanOffer, meeting: list[PlanOffer]) -> Judgment:
    """Return what becomes of *offer* beside those it meets to the same people, by first day."""
    if not meeting:
        return Judgment(Verdict.NEW)
    already = _("The group offers this plan already: %(period)s.")
    first, *later = meeting
    if first.effective_from > offer.effective_from:
        return wrong("effective_from", already, first)
    if offer.effective_to == first.effective_to:
        return Judgment(Verdict.SAME)
    if last_of(offer) < last_of(first):
        words = _("The group offers this plan longer: %(period)s. To end it, leave From empty.")
        return wrong("effective_to", words, first)
    return wrong("effective_to", already, later[0]) if later else _extends(first)


def judge_rate(
    rate: Rate, meeting: list[Rate], *, follower: Rate | None, instead_of: Decimal | None
) -> Judgment:
    """Return what becomes of *rate* beside those it meets for the same people, by first day.

    *follower* begins on the day after the first of them ends. *instead_of* is the amount that a correction says is
    on file on the first day of *rate*.
    """
    first = meeting[0] if meeting else None
    begins = first if first and first.effective_from == rate.effective_from else None
    if begins and begins.amount == rate.amount and _says_so(rate, begins, follower):
        return Judgment(Verdict.SAME)
    if instead_of is not None and (begins is None or begins.amount != instead_of):
        words = _("No rate of $%(amount)s begins on this day.")
        return Judgment(Verdict.WRONG, "corrects", words % {"amount": instead_of})
    later = [one for one in meeting if one.effective_from > rate.effective_from]
    if later and not (begins and instead_of is None and begins.amount != rate.amount):
        words = _("Another rate follows: %(period)s. Enter a last day before it.")
        return wrong("effective_to", words, later[0])
    if begins:
        return _judge_same_day(rate, begins, instead_of)
    return _judge_after(rate, first) if first else Judgment(Verdict.NEW)


def _says_so(rate: Rate, one: Rate, follower: Rate | None) -> bool:
    """Tell whether *one* lasts as long as *rate* asks. A line without a last day means: until something follows."""
    is_followed = rate.effective_to is None and follower is not None
    return rate.effective_to == one.effective_to or is_followed


def _judge_same_day(rate: Rate, one: Rate, instead_of: Decimal | None) -> Judgment:
    """Return the verdict beside *one*, which begins on the same day and says something else."""
    if rate.amount != one.amount:
        amount = {"amount": one.amount}
        if instead_of is None:
            words = _(
                "Another rate begins on this day, $%(amount)s. Begin later, or enter it under Corrects."
            )
            return Judgment(Verdict.WRONG, "effective_from", words % amount)
        words = _("It was $%(amount)s.") % amount
        return Judgment(Verdict.CORRECTS, message=_with_rest(words, rate, one))
    if last_of(rate) > last_of(one):
        return _extends(one)
    words = _("This rate holds longer: %(period)s. To end it, leave Amount and From empty.")
    return wrong("effective_to", words, one)


def _judge_after(rate: Rate, former: Rate) -> Judgment:
    """Return the verdict on *rate*, which begins while *former* holds and meets no other."""
    if rate.effective_to is None and former.effective_to:
        words = _("The rate it follows ends on %(day)s. Enter a last day.")
        return Judgment(Verdict.WRONG, "effective_to", words % {"day": said(former.effective_to)})
    before = _("Before it: $%(amount)s, now %(difference)s.")
    before %= {
        "amount": former.amount,
        "difference": percent(percent_more(former.amount, rate.amount)),
    }
    return Judgment(Verdict.REPLACES, message=_with_rest(before, rate, former))


def with_pieces(
    judgment: Judgment, rate: Rate, beside: Iterable[Rate], wrong_amount: Decimal
) -> Judgment:
    """Return the *judgment* on a correction, with the first day from which the *wrong_amount* stands *beside* it again."""
    days = [
        one.effective_from
        for one in beside
        if one.effective_from > rate.effective_from and one.amount == wrong_amount
    ]
    if not days:
        return judgment
    again = _("From %(day)s $%(amount)s stands again: correct that as well.")
    again %= {"day": said(min(days)), "amount": wrong_amount}
    return replace(judgment, message=f"{judgment.message} {again}".strip())


def _with_rest(words: str, rate: Rate, former: Rate) -> str:
    """Return *words*, and that *former* holds again after *rate*, where it lasts longer."""
    rest = rest_of(former, rate)
    if rest is None:
        return words
    again = _("From %(day)s it is $%(amount)s again.")
    again %= {"day": said(rest.effective_from), "amount": former.amount}
    return f"{words} {again}".strip()


def rest_of(former: Rate, rate: Rate) -> Rate | None:
    """Return a new row for what is left of *former* after the last day of *rate*, if anything."""
    if rate.effective_to is None or last_of(former) <= rate.effective_to:
        return None
    return Rate(
        group_id=former.group_id,
        plan_id=former.plan_id,
        subgroup_id=former.subgroup_id,
        tier=former.tier,
        age_from=former.age_from,
        age_to=former.age_to,
        amount=former.amount,
        load_id=former.load_id,
        effective_from=rate.effective_to + DAY,
        effective_to=former.effective_to,
    )


def judge_end(last: date, at: InForce | None, later: list[InForce], *, today: date) -> Judgment:
    """Return the verdict on a line that ends on *last* what is in force then, *at*, and takes back all *later* ones."""
    begun = [one for one in later if one.effective_from <= today]
    if begun:
        words = _("What began after this day is in force already: %(period)s.")
        return wrong("effective_to", words, begun[0])
    if at is None and not later:
        return Judgment(Verdict.WRONG, "effective_to", _("Nothing of this holds on this day."))
    if later:
        words = _("Taken back, for it would begin later: %(period)s.")
        return Judgment(Verdict.ENDS, message=words % {"period": period_of(later[0])})
    if at and at.effective_to == last:
        return Judgment(Verdict.SAME)
    return Judgment(Verdict.ENDS, message=_held(at) if at else "")


def wrong(column: str, words: str, other: Days) -> Judgment:
    """Return the refusal in *words*, with the period of the row that stands in the way."""
    return Judgment(Verdict.WRONG, column, words % {"period": period_of(other)})


def _extends(one: InForce) -> Judgment:
    return Judgment(Verdict.EXTENDS, message=_held(one))


def _held(one: InForce) -> str:
    return _("It was %(period)s.") % {"period": period_of(one)}


def period_of(row: Days) -> str:
    """Return the days of *row* in words."""
    first = said(row.effective_from)
    if row.effective_to is None:
        return _("from %(first)s") % {"first": first}
    return _("%(first)s to %(last)s") % {"first": first, "last": said(row.effective_to)}


def said(day: date) -> str:
    """Return *day* as lists write it."""
    return date_format(day, "M j, Y")
