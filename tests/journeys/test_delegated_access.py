"""Delegated access as people live it: a colleague comes and goes, a broker gets two clients."""

import re

import pytest
from playwright.sync_api import expect

from tests.delegation import MARCUS, add_user, code_for, register_invited

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_a_colleague_gets_one_right_on_one_unit_and_loses_it_while_signed_in(visit):
    karen, marcus = visit(), visit()
    karen.sign_in("kmitchell", to="/g/20418a/")
    add_user(
        karen, slug="20418a", first_name="Marcus", last_name="Webb", email=MARCUS,
        atoms=["billing_view"], unit="0002",
    )  # fmt: skip

    code = code_for(marcus, MARCUS)
    register_invited(marcus, MARCUS, code, user_name="mwebb", phrase="A canoe on the river")
    marcus.page.goto("/g/20418a/")
    marcus.heading("Cedar Ridge Manufacturing")
    marcus.sees("Distribution center")
    expect(marcus.page.get_by_role("main")).not_to_contain_text("Main plant")
    links = marcus.page.locator("nav[aria-label=Group]").get_by_role("link")
    expect(links.filter(has_text="Manage user access")).to_have_count(0)
    assert marcus.page.goto("/g/20418a/users/").status == 403
    assert marcus.page.goto("/g/20533a/").status == 404
    marcus.page.goto("/g/20418a/")

    karen.page.goto("/g/20418a/users/?q=webb")
    karen.click("Remove Marcus Webb", "link")
    karen.click("Remove access for Marcus Webb")
    karen.sees("1 open session ended")

    marcus.click("Home", "link")
    marcus.heading("Sign in")
    marcus.sees("access to a group was removed")
    assert "took away your access" in marcus.letter(MARCUS, "has ended")


def test_a_click_of_htmx_ends_on_the_sign_in_page_too(visit):
    karen, dana = visit(), visit()
    dana.sign_in("dpruitt", to="/home/")
    dana.page.goto("/g/20418a/")
    karen.sign_in("kmitchell", to="/g/20418a/users/")
    karen.click("Dana Pruitt", "link")
    karen.click("Deactivate", "link")
    karen.click("Deactivate access for Dana Pruitt")
    karen.sees("1 open session ended")

    dana.page.evaluate("htmx.ajax('GET', '/g/20418a/', {target: '#main'})")
    dana.heading("Sign in")
    dana.sees("deactivated")


def test_a_broker_works_for_two_clients_by_the_book(visit):
    karen, ruth, thomas = visit(), visit(), visit()
    address, codes = "tbeckett@summitbenefit.example", []
    for administrator, user_name, slug in (
        (karen, "kmitchell", "20418a"),
        (ruth, "rdelaney", "20533a"),
    ):
        administrator.sign_in(user_name, to=f"/g/{slug}/users/")
        administrator.click("Authorize a broker", "link")
        field = administrator.page.get_by_role("textbox", name=re.compile("Agency, NPN"))
        field.fill(address)
        administrator.click("Search")
        administrator.page.get_by_role("checkbox", name=re.compile("Thomas Beckett")).check()
        administrator.click("Continue")
        administrator.page.get_by_role("radio", name=re.compile("Broker, full")).check()
        administrator.click("Continue to review")
        administrator.click("Authorize Thomas Beckett")
        administrator.sees("Broker authorized")
        codes.append(code_for(thomas, address))

    register_invited(thomas, address, codes[0], user_name="tbeckett", phrase="Fog over the harbor")
    thomas.page.goto("/enter-access-code/")
    thomas.fill(access_key=codes[1])
    thomas.click("Submit")

    thomas.page.goto("/home/")
    thomas.heading("Book of business")
    thomas.sees("Cedar Ridge Manufacturing")
    thomas.sees("Cedar Ridge Logistics")
    thomas.click("Cedar Ridge Logistics", "link")
    thomas.heading("Cedar Ridge Logistics")
    assert thomas.page.goto("/g/20677a/").status == 404
