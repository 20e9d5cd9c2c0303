"""What staff should look at before they publish a draft: what a file can say that the database does not."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from groups.models import EmployerGroup, Rate, Renewal, RenewalRate
from groups.rates import DAY, holds_on, rate_on
from groups.renewal_book import book_of
from portal.templatetags.portal_words import money


def concerns_of(renewal: Renewal, offered: Sequence[RenewalRate], today: date) -> list[str]:
    """Return in words what is odd about the draft *renewal* with the rates *offered*, as *today* finds it.

    Current rates are compared with those of the group in force on the last day before the renewal. What stands in the
    way of the new ones is said now, and not first when somebody has accepted them.
    """
    return [
        *_about_the_days(renewal, today),
        *_about_the_rates(renewal, offered),
        *_about_what_follows(renewal),
    ]


def _about_the_days(renewal: Renewal, today: date) -> list[str]:
    found, group = [], renewal.group
    if group.status == EmployerGroup.Status.TERMINATED:
        found.append(_("The group has ended. You cannot publish this renewal."))
    if renewal.respond_by < today:
        found.append(_("The last day to accept has passed. You cannot publish this renewal."))
    if group.renewal_date != renewal.renewal_date:
        words = _("The group renews on %(its_day)s, and this renewal is of %(day)s.")
        days = {"its_day": _written(group.renewal_date), "day": _written(renewal.renewal_date)}
        found.append(words % days)
    return found


def _about_the_rates(renewal: Renewal, offered: Sequence[RenewalRate]) -> list[str]:
    day = renewal.renewal_date - DAY
    plans = {line.current_plan_id for line in offered}
    rates = list(Rate.objects.filter(group=renewal.group_id, plan__in=plans, subgroup=None))
    found = list(_left_out(offered, [rate for rate in rates if holds_on(rate, day)]))
    for line in offered:
        on_file = rate_on(rates, day, plan=line.current_plan_id, tier=line.tier)
        if on_file != line.current_amount:
            found.append(_difference(line, money(on_file) if on_file else "", _written(day)))
    return found


def _left_out(offered: Sequence[RenewalRate], rates: Sequence[Rate]) -> Iterator[str]:
    """Tell of tiers that have one of *rates* today and no amount in *offered*."""
    for plan in dict.fromkeys(line.current_plan for line in offered):
        lines = [line for line in offered if line.current_plan == plan]
        today = {rate.tier for rate in rates if rate.plan_id == plan.pk and rate.tier}
        missing = [tier for tier in Rate.Tier if tier in today - {line.tier for line in lines}]
        if missing:
            words = (
                _("%(plan)s: no new amount for %(tiers)s. It stays as it is today.")
                if any(line.renewal_plan == plan for line in lines)
                else _("%(plan)s: no new amount for %(tiers)s. There would be no rate.")
            )
            tiers = ", ".join(str(tier.label) for tier in missing)
            yield words % {"plan": plan.name, "tiers": tiers}


def _about_what_follows(renewal: Renewal) -> list[str]:
    _book, problems = book_of(renewal)
    return [
        _("It could not be completed as things are: %(problem)s") % {"problem": problem}
        for problem in problems
    ]


def _difference(line: RenewalRate, on_file: str, day: str) -> str:
    words = (
        _("%(plan)s, %(tier)s: the file says %(said)s a month now, our rates say %(on_file)s.")
        if on_file
        else _("%(plan)s, %(tier)s: we have no rate on %(day)s to compare %(said)s with.")
    )
    return words % {
        "plan": line.current_plan.name,
        "tier": line.get_tier_display(),
        "said": money(line.current_amount),
        "on_file": on_file,
        "day": day,
    }


def _written(day: date) -> str:
    return date_format(day, "F j, Y")
