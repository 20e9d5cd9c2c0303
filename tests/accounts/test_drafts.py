from django.contrib.sessions.backends.signed_cookies import SessionStore

from accounts import drafts


def test_a_draft_waits_for_its_place():
    session = SessionStore()

    drafts.keep(session, "add_user", "cedar", who={"first_name": "Ann"})
    drafts.keep(session, "add_user", "cedar", access={"role": "viewer"})
    drafts.keep(session, "add_user", "birch", who={"first_name": "Bo"})

    assert drafts.read(session, "add_user", "cedar") == {
        "who": {"first_name": "Ann"},
        "access": {"role": "viewer"},
    }
    assert drafts.read(session, "add_user", "birch") == {"who": {"first_name": "Bo"}}
    assert drafts.read(session, "change_access", "cedar") == {}


def test_a_draft_is_forgotten_alone():
    session = SessionStore()
    drafts.keep(session, "add_user", "cedar", who=1)
    drafts.keep(session, "add_user", "birch", who=2)

    drafts.forget(session, "add_user", "cedar")
    drafts.forget(session, "add_user", "nowhere")

    assert drafts.read(session, "add_user", "cedar") == {}
    assert drafts.read(session, "add_user", "birch") == {"who": 2}


def test_the_oldest_of_many_goes():
    session = SessionStore()
    for number in range(drafts.PLACES + 1):
        drafts.keep(session, "add_user", f"group{number}", who=number)

    assert drafts.read(session, "add_user", "group0") == {}
    assert drafts.read(session, "add_user", "group1") == {"who": 1}
    assert len(session["add_user"]) == drafts.PLACES


def test_what_is_read_is_a_copy():
    session = SessionStore()
    drafts.keep(session, "add_user", "cedar", who=1)

    drafts.read(session, "add_user", "cedar")["who"] = 2

    assert drafts.read(session, "add_user", "cedar") == {"who": 1}
