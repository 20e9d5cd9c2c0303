import pytest

from portal.brand import COLOR_NAMES, brand, contrast, stylesheet


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#777777", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#FF0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
        ("#00ff00", "#ffffff", 1.37),
        ("#010101", "#000000", 1.01),
    ],
)
def test_contrast_is_the_one_of_wcag(first, second, ratio):
    assert round(contrast(first, second), 2) == ratio


def test_the_name_is_split_after_its_first_word(settings):
    settings.BRAND_NAME = "Evergreen Health Plan"
    assert (brand().strong, brand().rest) == ("Evergreen", "Health Plan")
    settings.BRAND_NAME = "Acme"
    assert (brand().strong, brand().rest) == ("Acme", "")


@pytest.mark.parametrize(
    ("phone", "link"),
    [("800-555-0142, Option 2", "8005550142"), ("+1 (800) 555-0142", "+18005550142"), ("", "")],
)
def test_the_phone_link_has_digits_only(settings, phone, link):
    settings.BRAND_PHONE = phone
    assert brand().phone_link == link


def test_stylesheet_sets_every_color(settings):
    sheet = stylesheet()

    assert [f"--{name}:{settings.BRAND_COLORS[name]};" in sheet for name in COLOR_NAMES] == [
        True
    ] * 5
    assert brand().color == settings.BRAND_COLORS["brand"]


def test_stylesheet_is_served_to_everybody(client):
    response = client.get("/brand.css")

    assert response["Content-Type"] == "text/css"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert response.content.decode() == stylesheet()


def test_another_carrier_is_a_matter_of_settings(client, settings):
    settings.BRAND_NAME, settings.BRAND_PHONE = "Blue Harbor Insurance", "877-555-0100"
    settings.BRAND_CONTACT_TEAM = "Group Services"
    page = client.get("/").content.decode()

    assert "Blue Harbor Insurance" in page
    assert "877-555-0100" in page
    assert "Group Services" in page
    assert "Evergreen" not in page
