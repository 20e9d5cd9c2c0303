"""Brokers and their agencies, as the carrier knows them. Who is broker of record of a group is another matter:
that stands with the contacts of the group, and access neither follows from it nor changes it.

Source: domain handbook, "Delegation rules" 9.
"""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class Agency(models.Model):
    """A brokerage. Staff may stop all access of its brokers at once."""

    name = models.CharField(max_length=120)
    npn = models.CharField("National Producer Number (NPN)", max_length=10, blank=True)
    city = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=2, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    stop_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "name", "npn", "city", "state", "stopped_at", "stopped_by", "stop_reason", "created_at",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view", "add", "change")
        verbose_name_plural = "agencies"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="agency_name_unique_any_case"),
            models.UniqueConstraint(fields=["npn"], name="agency_npn_unique", condition=~Q(npn="")),
            models.CheckConstraint(
                name="agency_npn_digits", condition=Q(npn="") | Q(npn__regex=r"^[0-9]{1,10}$")
            ),
            models.CheckConstraint(
                name="agency_stopped_says_why",
                condition=Q(stopped_at__isnull=True)
                | Q(stopped_by__isnull=False) & ~Q(stop_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BrokerQuerySet(models.QuerySet["Broker"]):
    """Readings of brokers."""

    def agency_of(self, email: str) -> "Agency | None":
        """Return the agency of the broker with this e-mail address, whatever its case."""
        found = self.filter(email__iexact=email).select_related("agency").first()
        return found.agency if found else None

    def matching(self, text: str) -> Self:
        """Return brokers whom *text* may mean: the agency's name begins so, or the NPN or e-mail address is it.

        Brokers of stopped agencies are left out.
        """
        text = text.strip()
        return (
            self.filter(agency__stopped_at__isnull=True)
            .filter(
                Q(agency__name__istartswith=text)
                | Q(npn=text)
                | Q(agency__npn=text)
                | Q(email__iexact=text)
            )
            .select_related("agency")
        )


class Broker(models.Model):
    """A licensed person of an agency; the account, when there is one, has the same e-mail address."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="brokers")
    first_name = models.CharField(max_length=35)
    last_name = models.CharField(max_length=60)
    email = models.EmailField(max_length=254)
    npn = models.CharField("National Producer Number (NPN)", max_length=10)

    sensitive: ClassVar[set[str]] = {"first_name", "last_name", "email"}
    plain: ClassVar[set[str]] = {"agency", "npn"}

    objects = BrokerQuerySet.as_manager()

    class Meta:
        default_permissions = ("view", "add", "change")
        ordering = ["last_name", "first_name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="broker_email_unique_any_case"),
            models.UniqueConstraint(fields=["npn"], name="broker_npn_unique"),
            models.CheckConstraint(
                name="broker_npn_digits", condition=Q(npn__regex=r"^[0-9]{1,10}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
