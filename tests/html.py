"""Read the HTML a person gets."""

from lxml import html


def select(response, css):
    """Return the elements of *response* that match the CSS selector."""
    return html.fromstring(response.content.decode()).cssselect(css)


def text(response, css):
    """Return the text of the first match, with single spaces."""
    found = select(response, css)
    assert found, f"nothing matches {css}"
    return " ".join(found[0].text_content().split())


def errors(response):
    """Return the messages of the error summary."""
    return [
        " ".join(item.text_content().split())
        for item in select(response, "[data-error-summary] li")
    ]
