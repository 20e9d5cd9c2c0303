"""The home page of the demo's first group has something of everything."""

import pytest
from django.test import Client

from accounts.models import User
from groups.models import EmployerGroup, TeamMember
from portal.demo.seed import seed_demo
from tests.html import select, text

pytestmark = pytest.mark.django_db


def test_home_of_the_first_group():
    seed_demo()
    client = Client()
    client.force_login(User.objects.get(username="kmitchell"))

    page = client.get("/g/20418a/")

    assert "Review who has access" in text(page, ".ep-todo")
    assert [name.text_content() for name in select(page, ".ep-team b")] == ["Nora Castellanos", "Ben Whitaker"]  # fmt: skip
    assert "(413) 555-0127" in text(page, ".ep-team")
    assert len(select(page, ".ep-news li")) == 2
    assert len(select(page, "[aria-labelledby=recent] tbody tr")) == 5
    assert select(page, ".ep-statusbar")
    covered = EmployerGroup.objects.exclude(status="terminated").count()
    assert TeamMember.objects.values("group").distinct().count() == covered
