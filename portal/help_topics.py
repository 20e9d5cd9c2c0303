"""The help topics: one task each, in the order in which people meet them. The text is a template by slug."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Audience(Enum):
    """Who a topic is for, and the heading it stands under."""

    NEWCOMER = _("Registration and sign-in")
    PERSON = _("Your profile and security")
    ACCESS = _("Who has access")
    GROUP = _("Your group and its coverage")
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
        "register-existing-users",
        _("Register for the Portal - Existing Users"),
        _("You used the portal before this one: how your access comes over."),
        Audience.NEWCOMER,
    ),
    Topic(
        "mapping-of-existing-roles",
        _("Mapping of Existing Roles to New Roles"),
        _("What the role you had in the old portal is called here, and what it may do."),
        Audience.NEWCOMER,
    ),
    Topic(
        "request-portal-access",
        _("Request Portal Access"),
        _("Ask for access to a group, follow the request, answer a question about it."),
        Audience.NEWCOMER,
    ),
    Topic(
        "designate-primary-administrator",
        _("Designate your primary administrator"),
        _("The group officer names the person who manages your coverage online."),
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
        "set-up-a-new-user",
        _("Set Up a New User"),
        _("Give a colleague access to your group, see who has it, and change what they may do."),
        Audience.ACCESS,
    ),
    Topic(
        "authorize-a-broker",
        _("Authorize a broker"),
        _("Let a broker work with your group online, and take the access away again."),
        Audience.ACCESS,
    ),
    Topic(
        "book-of-business",
        _("Book of business"),
        _("All your groups in one list, and what needs attention in them."),
        Audience.ACCESS,
    ),
    Topic(
        "reset-password",
        _("Reset Password/Resend Welcome Email"),
        _("Let a user of your group set a new password, or send the first email again."),
        Audience.ACCESS,
    ),
    Topic(
        "deactivate-reactivate-user",
        _("Deactivate/Reactivate User"),
        _("Stop somebody’s access for a while or for good, and open it again."),
        Audience.ACCESS,
    ),
    Topic(
        "update-user-profile",
        _("Update User Profile"),
        _("Correct the name, title, phone or company of a user of your group."),
        Audience.ACCESS,
    ),
    Topic(
        "hand-over-primary-role",
        _("Hand over the primary role"),
        _("Make a colleague primary administrator in your place. You both confirm."),
        Audience.ACCESS,
    ),
    Topic(
        "view-as",
        _("View as a user"),
        _("See your group as one of its users sees it, without changing anything."),
        Audience.ACCESS,
    ),
    Topic(
        "access-review",
        _("Access review"),
        _("Once a quarter, confirm who still needs access to your group."),
        Audience.ACCESS,
    ),
    Topic(
        "activity",
        _("Activity"),
        _("See who did what in your group, and take the list away as a file."),
        Audience.ACCESS,
    ),
    Topic(
        "home-of-your-group",
        _("The home page of your group"),
        _(
            "What needs you and until when, what was changed lately, and who looks after your group."
        ),
        Audience.GROUP,
    ),
    Topic(
        "group-contacts",
        _("Update Group Contact Info"),
        _("Change who we turn to and where we write, for the group or one billing unit."),
        Audience.GROUP,
    ),
    Topic(
        "plans-and-rates",
        _("View Plans & Rates"),
        _("See what your group offers and what a month of it costs, today or on a past day."),
        Audience.GROUP,
    ),
    Topic(
        "documents",
        _("View and send documents"),
        _("Download contracts, benefit summaries and notices, and send us a document."),
        Audience.GROUP,
    ),
    Topic(
        "renewals",
        _("View and accept a renewal"),
        _("Compare the new rates with today’s, ask a question, accept for the company."),
        Audience.GROUP,
    ),
    Topic(
        "transaction-history",
        _("View Transaction History & Transaction Details"),
        _("Find a change by day, type, status, person or member, and print its confirmation."),
        Audience.GROUP,
    ),
    Topic(
        "announcements",
        _("Announcements"),
        _("Read what we tell your group, put it away, and find it again."),
        Audience.GROUP,
    ),
    Topic(
        "account-settings",
        _("Account settings"),
        _("Choose which emails about a group you want."),
        Audience.GROUP,
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
