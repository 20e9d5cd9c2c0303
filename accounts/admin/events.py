"""What the audit events of this app read like in a history: the actor, then these words."""

from django.utils.translation import gettext_lazy as _

from portal.staff import describe_events

describe_events(
    {
        "accounts.registration_submitted": _("sent the request"),
        "accounts.registration_corrected": _("corrected the request"),
        "accounts.registration_answered": _("answered our question"),
        "accounts.registration_withdrawn": _("withdrew the request"),
        "accounts.registration_taken": _("took the request"),
        "accounts.registration_first_approved": _("approved as the first of two people"),
        "accounts.registration_approved": _("approved the request"),
        "accounts.registration_question_asked": _("asked for information"),
        "accounts.registration_declined": _("declined the request"),
        "accounts.registration_linked": _("linked the request to another group"),
        "accounts.registration_promoted": _("put the repeat into the queue"),
        "accounts.registration_note_added": _("added an internal note"),
        "accounts.registration_escalated": _("marked the request as late and told the applicant"),
        "accounts.registration_expired": _("closed the request, since no key was used"),
        "accounts.registration_completed": _("completed the registration"),
        "accounts.grant_offered": _("prepared the access"),
        "accounts.grant_activated": _("activated the access"),
        "accounts.grant_revoked": _("took the access away"),
        "accounts.access_code_issued": _("issued an Access Key"),
        "accounts.access_code_revoked": _("withdrew the Access Key"),
        "accounts.access_code_redeemed": _("used the Access Key"),
        "accounts.account_created": _("made an account"),
        "accounts.staff_created": _("made a staff account"),
        "accounts.person_deactivated": _("deactivated the account"),
        "accounts.person_reactivated": _("reactivated the account"),
        "accounts.profile_edited": _("changed the profile"),
        "accounts.seal_changed": _("changed the Sign-in Seal"),
        "accounts.terms_accepted": _("accepted the terms"),
        "accounts.password_changed": _("changed the password"),
        "accounts.sessions_ended": _("ended sessions"),
        "accounts.signed_in": _("signed in"),
        "accounts.signed_out": _("signed out"),
        "accounts.sign_in_failed": _("was refused at sign-in"),
        "accounts.sign_in_locked": _("was slowed down at sign-in"),
        "accounts.user_name_requested": _("asked for the user name"),
    }
)
