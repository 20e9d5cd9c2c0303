"""What the audit events of this app read like in a history: the actor, then these words."""

from django.utils.translation import gettext_lazy as _

from portal.staff import describe_events

describe_events(
    {
        "groups.contact_added": _("added the contact"),
        "groups.contact_changed": _("changed the contact"),
        "groups.contact_removed": _("removed the contact"),
        "groups.contact_vouched": _("vouched for the contact"),
        "groups.contact_not_vouched": _("stopped vouching for the contact"),
        "groups.address_changed": _("changed the address"),
        "groups.address_dropped": _("gave up the unit’s own address"),
        "groups.announcement_drafted": _("wrote the announcement"),
        "groups.announcement_changed": _("changed the announcement"),
        "groups.announcement_published": _("published the announcement"),
        "groups.announcement_taken_back": _("took the announcement back"),
        "groups.announcement_mailed": _("sent the announcement by email"),
        "groups.team_changed": _("changed the account team"),
        "groups.renewal_drafted": _("drafted the renewal"),
        "groups.renewal_offered": _("published the renewal"),
        "groups.renewal_withdrawn": _("withdrew the renewal"),
        "groups.renewal_accepted": _("accepted the renewal"),
        "groups.renewal_question_asked": _("asked a question about the renewal"),
        "groups.renewal_completed": _("had the acceptance of the renewal completed"),
        "groups.renewal_downloaded": _("downloaded the renewal"),
        "groups.renewal_lapsed": _("let the renewal lapse, since nobody accepted it in time"),
        "groups.document_uploaded": _("sent the document"),
        "groups.document_published": _("published the document"),
        "groups.document_withdrawn": _("withdrew the document"),
        "groups.document_downloaded": _("downloaded the document"),
        "groups.document_found_clean": _("found no virus in the document"),
        "groups.document_found_infected": _("found a virus in the document and deleted the file"),
    }
)
