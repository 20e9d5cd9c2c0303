"""How things of the trade are written."""

from portal.templatetags.portal_words import breakable


def test_an_address_breaks_before_its_at_and_dots_alone_and_stays_escaped():
    assert breakable("ann.lee@x.example") == "ann<wbr>.lee<wbr>@x<wbr>.example"
    assert breakable("<b>@x") == "&lt;b&gt;<wbr>@x"
    assert breakable(None) == ""
