"""A request for access to a group, and what was said about it.

Source: domain handbook, "Our flow" and "State machines" (registration request).
"""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from groups.models import EmployerGroup, IdentifiedBy


class RegistrationRequestQuerySet(models.QuerySet["RegistrationRequest"]):
    """Readings of requests."""

    def in_queue(self) -> Self:
        """Return what staff must act on: open, and not a repeat of another request."""
        return self.filter(state__in=RegistrationRequest.WITH_STAFF, repeat_of__isnull=True)

    def with_evidence(self) -> Self:
        """Return the requests with everything their match score is worked out from: three statements for any number."""
        return self.select_related("group", "assigned_to").prefetch_related(
            "group__contact_set", "group__units"
        )

    def open_like(self, *, email: str, identified_by: str, identifier: str) -> Self:
        """Return open requests of the same e-mail address for the same group, oldest first.

        The same group is the same identifier, or another identifier of one group that we know. One statement.
        """
        known = EmployerGroup.objects.identified_by(identified_by, identifier)
        same = Q(identified_by=identified_by, identifier=identifier) | Q(group__in=known)
        return (
            self.alias(email_lower=Lower("email"))
            .filter(
                same,
                email_lower=email.lower(),
                state__in=RegistrationRequest.OPEN,
                repeat_of__isnull=True,
            )
            .order_by("pk")
        )


class RegistrationRequest(models.Model):
    """Somebody asks for access to a group; staff approve it within the promised business days.

    Identified by what was typed, normalized; ``group`` is what we made of it, and stays empty when we
    know no such group. A second request of the same e-mail address for the same group is kept as a
    ``repeat_of`` the first: it has its own number, but nobody works on it.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        IN_REVIEW = "in_review", _("In review")
        NEEDS_INFO = "needs_info", _("Needs information")
        APPROVED = "approved", _("Approved")
        COMPLETED = "completed", _("Completed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    class Role(models.TextChoices):
        PRIMARY_ADMINISTRATOR = "primary_administrator", _("Primary administrator")
        BROKER = "broker", _("Broker")

    class Source(models.TextChoices):
        ONLINE = "online", _("Online")
        PAPER = "paper", _("On paper")
        NOMINATION = "nomination", _("Nominated by a group officer")

    WITH_STAFF: ClassVar[set[str]] = {State.SUBMITTED, State.IN_REVIEW}
    OPEN: ClassVar[set[str]] = {State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFO, State.APPROVED}
    # Allowed moves; each is one action. Answering brings a request back to submitted.
    MOVES: ClassVar[dict[str, set[str]]] = {
        State.SUBMITTED: {
            State.IN_REVIEW, State.NEEDS_INFO, State.APPROVED, State.DECLINED, State.WITHDRAWN,
        },
        State.IN_REVIEW: {State.NEEDS_INFO, State.APPROVED, State.DECLINED, State.WITHDRAWN},
        State.NEEDS_INFO: {State.SUBMITTED, State.APPROVED, State.DECLINED, State.WITHDRAWN},
        State.APPROVED: {State.COMPLETED, State.EXPIRED},
        State.COMPLETED: set(),
        State.DECLINED: set(),
        State.WITHDRAWN: set(),
        State.EXPIRED: set(),
    }  # fmt: skip

    number = models.CharField(_("confirmation number"), max_length=20, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SUBMITTED)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.ONLINE)
    identified_by = models.CharField(max_length=16, choices=IdentifiedBy.choices)
    identifier = models.CharField(max_length=9)
    group = models.ForeignKey(
        EmployerGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registration_requests",
    )
    repeat_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeats"
    )

    first_name = models.CharField(_("first name"), max_length=35)
    middle_initial = models.CharField(_("middle initial"), max_length=1, blank=True)
    last_name = models.CharField(_("last name"), max_length=60)
    title = models.CharField(_("title"), max_length=60)
    company_legal_name = models.CharField(_("company legal name"), max_length=120)
    fein = models.CharField(_("FEIN"), max_length=9)
    phone = models.CharField(_("phone"), max_length=10)
    email = models.EmailField(_("email address"), max_length=254)
    region = models.CharField(_("region"), max_length=20)
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    agency = models.CharField(_("agency"), max_length=120, blank=True)
    npn = models.CharField(_("National Producer Number (NPN)"), max_length=10, blank=True)
    signer_name = models.CharField(_("contract signer's name"), max_length=100)
    signer_email = models.EmailField(_("contract signer's email address"), max_length=254)
    statement_of_authority = models.TextField()
    # Of a nomination: the group officer who designates the person above
    officer_name = models.CharField(_("officer's name"), max_length=100, blank=True)
    officer_title = models.CharField(_("officer's title"), max_length=60, blank=True)
    officer_email = models.EmailField(_("officer's email address"), max_length=254, blank=True)
    officer_phone = models.CharField(_("officer's phone"), max_length=10, blank=True)
    terms_version = models.CharField(max_length=20)

    submitted_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # counts every change; a stale page is refused
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    grant = models.ForeignKey(
        "accounts.Grant", on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )

    sensitive: ClassVar[set[str]] = {
        "first_name", "middle_initial", "last_name", "title", "fein", "phone", "email", "agency", "npn",
        "signer_name", "signer_email", "statement_of_authority", "decline_reason", "officer_name", "officer_title",
        "officer_email", "officer_phone",
    }  # fmt: skip
    plain: ClassVar[set[str]] = {
        "number", "state", "source", "identified_by", "identifier", "group", "repeat_of",
        "company_legal_name", "region", "role", "terms_version", "submitted_at", "due_at",
        "version", "assigned_to", "first_approved_by", "decided_by", "decided_at", "escalated_at", "grant",
    }  # fmt: skip

    objects = RegistrationRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = [
            ("review_registration", "Work on registration requests"),
        ]
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "identified_by",
                "identifier",
                name="registration_one_open_per_person_and_group",
                condition=Q(
                    state__in=["submitted", "in_review", "needs_info", "approved"],
                    repeat_of__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="registration_broker_has_agency",
                condition=~Q(role="broker") | (~Q(agency="") & ~Q(npn="")),
            ),
            models.CheckConstraint(
                name="registration_declined_with_reason",
                condition=~Q(state="declined") | ~Q(decline_reason=""),
            ),
            models.CheckConstraint(
                name="registration_approved_has_grant",
                condition=~Q(state__in=["approved", "completed"])
                | Q(grant__isnull=False, group__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_nominated_by_somebody",
                condition=~Q(source="nomination") | (~Q(officer_name="") & ~Q(officer_email="")),
            ),
            models.CheckConstraint(
                name="registration_fein_nine_digits", condition=Q(fein__regex=r"^[0-9]{9}$")
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="registration_queue")]

    def __str__(self) -> str:
        return self.number

    @property
    def full_name(self) -> str:
        """Return the name as written on letters."""
        return " ".join(
            part for part in (self.first_name, self.middle_initial, self.last_name) if part
        )

    @property
    def contact_email(self) -> str:
        """Return the address our letters about the request go to: of a nomination the officer's, not the person's."""
        return self.officer_email if self.is_nomination else self.email

    @property
    def is_nomination(self) -> bool:
        """Tell whether a group officer designated the person, who need not know of it yet."""
        return self.source == self.Source.NOMINATION


class RegistrationEntry(models.Model):
    """What was said about a request: a question to the applicant, the answer, or a note among staff."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        ANSWER = "answer", _("Answer")
        NOTE = "note", _("Internal note")

    request = models.ForeignKey(
        RegistrationRequest, on_delete=models.CASCADE, related_name="entries"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # null: the applicant
    at = models.DateTimeField(default=timezone.now)

    sensitive: ClassVar[set[str]] = {"text"}
    plain: ClassVar[set[str]] = {"request", "kind", "by", "at"}

    class Meta:
        default_permissions = ()
        ordering = ["at", "pk"]
        verbose_name_plural = "registration entries"

    def __str__(self) -> str:
        return f"{self.kind} on {self.request_id}"
