"""How the carrier reaches a group or one of its billing units: addresses and contacts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from groups.models.tenant import OwnedByGroup, Subgroup


class Address(OwnedByGroup):
    """Where a group is, gets its mail, and gets its bill; with ``subgroup`` the unit's own instead of the group's."""

    class Kind(models.TextChoices):
        PHYSICAL = "physical", _("Physical address")
        MAILING = "mailing", _("Mailing address")
        BILLING = "billing", _("Billing address")

    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    line1 = models.CharField(max_length=55)
    line2 = models.CharField(max_length=55, blank=True)
    city = models.CharField(max_length=30)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(_("ZIP"), max_length=10)
    county = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {
        "group", "subgroup", "kind", "line1", "line2", "city", "state", "zip_code", "county", "version",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "subgroup", "kind"],
                nulls_distinct=False,
                name="address_one_per_kind",
            ),
            models.CheckConstraint(
                name="address_zip_format", condition=Q(zip_code__regex=r"^[0-9]{5}(-[0-9]{4})?$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line1}, {self.city} {self.state}"


class Contact(OwnedByGroup):
    """A person by whom a group is reached. With ``subgroup`` that billing unit's, who goes before the group's.

    Employers name and change contacts themselves (``named_at``: when they last did). Only those the carrier vouches
    for are evidence of who somebody is. Source: docs/adr/0018-vouched-contacts.md.
    """

    class Kind(models.TextChoices):
        CONTRACT_SIGNER = "contract_signer", _("Contract signer")
        PRIMARY_ADMIN = "primary_admin", _("Primary administrator")
        BILLING = "billing", _("Billing")
        ENROLLMENT = "enrollment", _("Enrollment")
        BROKER = "broker", _("Broker")

    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    first_name = models.CharField(max_length=35)
    last_name = models.CharField(max_length=60)
    title = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=10, blank=True)
    extension = models.CharField(max_length=6, blank=True)  # digits, dialed after the phone number
    email = models.EmailField(max_length=254, blank=True)
    vouched_at = models.DateTimeField(null=True, blank=True)  # since when the carrier does
    named_at = models.DateTimeField(null=True, blank=True)  # last by the employer; null: never
    version = models.PositiveIntegerField(default=1)

    sensitive: ClassVar[set[str]] = {"first_name", "last_name", "phone", "extension", "email"}
    plain: ClassVar[set[str]] = {
        "group", "subgroup", "kind", "title", "vouched_at", "named_at", "version",
    }  # fmt: skip

    class Meta:
        default_permissions = ("view", "change")
        ordering = ["kind", "last_name", "first_name"]
        constraints = [
            models.CheckConstraint(
                name="contact_extension_of_a_phone",
                condition=Q(extension="") | (Q(extension__regex=r"^[0-9]+$") & ~Q(phone="")),
            ),
            models.UniqueConstraint(
                "group",
                "subgroup",
                "kind",
                Lower("email"),
                condition=~Q(email=""),
                nulls_distinct=False,
                name="contact_once_per_kind_and_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def audit_label(self) -> str:
        """Return what history calls the contact: nothing of the person, for it can never be erased."""
        return f"{Contact.Kind(self.kind).name.replace('_', ' ').capitalize()} contact {self.pk}"

    @property
    def is_evidence(self) -> bool:
        """Tell whether a claim of who somebody is may be compared with it: the group's own, and vouched for."""
        return self.vouched_at is not None and self.subgroup_id is None
