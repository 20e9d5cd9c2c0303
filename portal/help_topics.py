"""The help topics: one task each, in the order in which people meet them. The text is a template by slug."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Audience(Enum):
    """Who a topic is for, and the heading it stands under."""

    NEWCOMER = _("Registration and sign-in")
    PERSON = _("Your profile and security")
    EVERYBODY = _("When something does not work")


@dataclass(frozen=True)
class Topic:
    """One page of help, at /help/<slug>/ and in templates/portal/help/<slug>.html."""

    slug: str
    title: str | Promise
    summary: str | Promise
    audience: Audience

    @property
    def template(self) -> str:
        """Return the template that holds the text."""
        return f"portal/help/{self.slug}.html"


TOPICS = (
    Topic(
        "register-new-users",
        _("Register for the Portal - New Users"),
        _("The way from your first visit to your own account, in two phases."),
        Audience.NEWCOMER,
    ),
    Topic(
        "request-portal-access",
        _("Request Portal Access"),
        _("Ask for access to a group, follow the request, answer a question about it."),
        Audience.NEWCOMER,
    ),
    Topic(
        "enter-your-access-code",
        _("Enter your access code"),
        _("Use the 16-digit Access Key from our email, with or without an account."),
        Audience.NEWCOMER,
    ),
    Topic(
        "sign-in",
        _("Sign In"),
        _("User name, Sign-in Seal, password, second step."),
        Audience.NEWCOMER,
    ),
    Topic(
        "recover-username-password",
        _("Recover User Name & Password"),
        _("Get back in when one of the two is forgotten."),
        Audience.NEWCOMER,
    ),
    Topic(
        "sign-in-seal",
        _("Your Sign-in Seal"),
        _("The picture and phrase that tell you the page is ours."),
        Audience.PERSON,
    ),
    Topic(
        "two-step-verification",
        _("Two-step verification"),
        _("A second proof that it is you: email code, authenticator app or passkey."),
        Audience.PERSON,
    ),
    Topic(
        "manage-profile",
        _("Manage Profile"),
        _("Change your name, phone or email address."),
        Audience.PERSON,
    ),
    Topic(
        "change-password",
        _("Change Password"),
        _("Choose a new password while you are signed in."),
        Audience.PERSON,
    ),
    Topic(
        "devices-and-sessions",
        _("Devices and sessions"),
        _("See where you are signed in, and sign out everywhere."),
        Audience.PERSON,
    ),
    Topic(
        "report-an-issue",
        _("Report an Issue"),
        _("Tell us that something does not work, before or after you sign in."),
        Audience.EVERYBODY,
    ),
)
BY_SLUG = {topic.slug: topic for topic in TOPICS}


def by_audience() -> list[tuple[Audience, list[Topic]]]:
    """Return the topics under their headings, both in order."""
    return [
        (audience, [topic for topic in TOPICS if topic.audience is audience])
        for audience in Audience
    ]


def after(topic: Topic) -> Topic | None:
    """Return the topic that follows under the same heading, if any."""
    same = [other for other in TOPICS if other.audience is topic.audience]
    return next(iter(same[same.index(topic) + 1 :]), None)
