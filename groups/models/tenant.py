"""The tenant: an employer group and its billing units."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from groups.atoms import ATOMS
from groups.identifiers import names_another_unit


class EmployerGroupQuerySet(models.QuerySet["EmployerGroup"]):
    """Readings of groups."""

    def identified_by(self, kind: str, value: str) -> Self:
        """Return the group that a registration means by a normalized identifier; at most one row.

        A Group ID that ends in a letter other than A means the company's group that ends in A, where
        there is one. A Policyholder ID names the company, so it means the company's main group.
        Always one statement, whether the group is known or not.
        """
        if kind == IdentifiedBy.POLICYHOLDER_ID:
            return self.filter(policyholder_id=value, main_group__isnull=True)
        if names_another_unit(value):
            meant = EmployerGroup.objects.filter(group_id=value)
            return self.filter(pk__in=meant.values(main=Coalesce("main_group", "pk")))
        return self.filter(group_id=value)

    def like(self, *, fein: str, domain: str, name: str) -> Self:
        """Return groups somebody may mean: the same FEIN, a contact at the e-mail domain, or a name that begins alike.

        An empty *domain* or *name* finds nothing by itself.
        """
        alike = Q(fein=fein)
        if domain:
            alike |= Q(contact__email__iendswith=f"@{domain}")
        if first_words := " ".join(name.split()[:2]):
            alike |= Q(name__istartswith=first_words) | Q(legal_name__istartswith=first_words)
        return self.filter(alike).distinct()


class IdentifiedBy(models.TextChoices):
    """The two ways to name a group."""

    GROUP_ID = "group_id", _("Group ID")
    POLICYHOLDER_ID = "policyholder_id", _("Group Policyholder ID")


class EmployerGroup(models.Model):
    """A group contract: the company that buys the coverage. The tenant of the portal.

    A company may hold several contracts; they share the policyholder ID and point to the one that ends in A.
    """

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        INSTALLED = "installed", _("Installed")
        ACTIVE = "active", _("Active")
        GRACE = "grace", _("Grace period")
        SUSPENDED = "suspended", _("Suspended")
        TERMINATED = "terminated", _("Terminated")

    class EntityKind(models.TextChoices):
        TAX_EXEMPT = "tax_exempt_organization", _("Tax-exempt organization")
        C_CORPORATION = "c_corporation", _("C corporation")
        S_CORPORATION = "s_corporation", _("S corporation")
        PARTNERSHIP = "partnership", _("Partnership")
        LLC = "limited_liability_corporation", _("Limited liability company")
        LLP = "limited_liability_partnership", _("Limited liability partnership")
        HOUSEHOLD = "household_employer", _("Household employer")
        GOVERNMENT = "governmental_employer", _("Governmental employer")
        EMBASSY = "foreign_embassy_or_consulate", _("Foreign embassy or consulate")

    class Market(models.TextChoices):
        SMALL = "small", _("Small group")
        LARGE = "large", _("Large group")

    group_id = models.CharField(_("Group ID"), max_length=6, unique=True)
    slug = models.SlugField(max_length=6, unique=True)
    policyholder_id = models.CharField(_("Group Policyholder ID"), max_length=9)
    main_group = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="units"
    )
    name = models.CharField(max_length=120)
    # What a search and an order by name compare: small letters without accents, in the order of bytes
    name_folded = models.GeneratedField(
        expression=models.Func(models.F("name"), function="portal_folded"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    legal_name = models.CharField(max_length=120)
    dba = models.CharField(_("doing business as"), max_length=120, blank=True)
    fein = models.CharField(_("FEIN"), max_length=9)
    entity_kind = models.CharField(max_length=40, choices=EntityKind.choices)
    sic_code = models.CharField(_("SIC code"), max_length=4)
    market = models.CharField(max_length=10, choices=Market.choices)
    region = models.CharField(max_length=20)
    phone = models.CharField(max_length=10, blank=True)
    effective_date = models.DateField()
    renewal_date = models.DateField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)

    sensitive: ClassVar[set[str]] = {"fein", "phone"}
    plain: ClassVar[set[str]] = {
        "group_id", "slug", "policyholder_id", "main_group", "name", "name_folded", "legal_name", "dba",
        "entity_kind", "sic_code", "market", "region", "effective_date", "renewal_date", "status",
    }  # fmt: skip

    objects = EmployerGroupQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = ATOMS
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="group_id_six_letters_or_digits", condition=Q(group_id__regex=r"^[A-Z0-9]{6}$")
            ),
            models.CheckConstraint(
                name="group_policyholder_id_nine_digits",
                condition=Q(policyholder_id__regex=r"^[0-9]{9}$"),
            ),
            models.CheckConstraint(
                name="group_fein_nine_digits", condition=Q(fein__regex=r"^[0-9]{9}$")
            ),
            models.CheckConstraint(
                name="group_dates_in_order",
                condition=Q(renewal_date__gt=models.F("effective_date")),
            ),
            models.UniqueConstraint(
                name="group_one_main_per_policyholder",
                fields=["policyholder_id"],
                condition=Q(main_group__isnull=True),
            ),
        ]
        indexes = [
            # What the book of business sorts and counts by, so that thousands of groups are read from the index alone
            models.Index(
                fields=["id"],
                include=["name_folded", "group_id", "status", "renewal_date"],
                name="group_in_book",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.group_id})"

    @property
    def is_read_only(self) -> bool:
        """Tell whether the employer may look and change nothing more."""
        return self.status == self.Status.TERMINATED


class OwnedByGroup(models.Model):
    """A row that belongs to one tenant."""

    group = models.ForeignKey(EmployerGroup, on_delete=models.PROTECT)

    class Meta:
        abstract = True


class Subgroup(OwnedByGroup):
    """A billing unit of a group: a part with its own bill, place or kind of people."""

    class Kind(models.TextChoices):
        ACTIVE = "active", _("Active employees")
        COBRA = "cobra", _("COBRA")
        RETIREE = "retiree", _("Retirees")

    code = models.CharField(max_length=4)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ACTIVE)
    effective_date = models.DateField()
    term_date = models.DateField(null=True, blank=True)  # last covered day; null: open

    sensitive: ClassVar[set[str]] = set()
    plain: ClassVar[set[str]] = {"group", "code", "name", "kind", "effective_date", "term_date"}

    class Meta:
        default_permissions = ("view",)
        permissions = ATOMS
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["group", "code"], name="subgroup_code_unique_in_group"),
            models.CheckConstraint(
                name="subgroup_code_four_digits", condition=Q(code__regex=r"^[0-9]{4}$")
            ),
            models.CheckConstraint(
                name="subgroup_dates_in_order",
                condition=Q(term_date__isnull=True) | Q(term_date__gte=models.F("effective_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
