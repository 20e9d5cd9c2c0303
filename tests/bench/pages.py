"""Server time per request of the pages everybody sees, relative to static text of the same length.

Both go through the whole stack of middleware, with the same cookies.
"""

from http.cookies import SimpleCookie
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from tests.bench.harness import in_turn, report
from tests.factories import UserFactory

TARGET = 2.0
ROUNDS = 500  # of one request each


def visitor():
    """Return a browser that has just come."""
    return Client()


def at_the_seal():
    """Return a browser that has given its user name."""
    client = Client()
    UserFactory(username="bench.person")
    client.post("/sign-in/", {"login": "bench.person"})
    return client


PAGES = {
    "home": ("/", visitor),
    "register": ("/register/", visitor),
    "sign-in": ("/sign-in/", visitor),
    "seal": ("/sign-in/seal/", at_the_seal),
}


def measure(only):
    """Report every page; return whether all are within the target."""
    chosen = [name for name in PAGES if only in ("", "pages", f"pages:{name}")]
    return all(list(map(_page, chosen)))


def _page(name):
    path, arrive = PAGES[name]
    handler, client = WSGIHandler(), arrive()
    client.get(path)  # gives the browser its cookies, and fills the caches of templates
    page = request_of(handler, path, client)
    body = page()
    settings.STATIC_TEXTS[f"{name}.bench"] = text_of(len(body))
    bare = request_of(handler, f"/static-text/{name}/", client)
    assert len(bare()) == len(body)
    ours, static = in_turn(page, bare, rounds=ROUNDS)
    return report(
        f"pages:{name}",
        ours / static,
        TARGET,
        ms=round(ours * 1000, 3),
        static_ms=round(static * 1000, 3),
        bytes=len(body),
        rounds=ROUNDS,
    )


def text_of(length):
    """Return *length* bytes of text that needs no escaping and holds no template tag."""
    line = "An employer portal is measured against text that says nothing at all.\n"
    return (line * (length // len(line) + 1))[:length]


def request_of(handler, path, client, *, read=b"".join):
    """Return a function that sends one GET through the WSGI application and returns what *read* makes of the body."""
    path, _mark, query = path.partition("?")
    cookies = SimpleCookie(client.cookies).output(attrs=[], header="", sep=";").strip()

    def send():
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "testserver",
            "HTTP_COOKIE": cookies,
            "HTTP_USER_AGENT": "bench",
            "HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.8",
            "wsgi.input": BytesIO(),
            "wsgi.url_scheme": "http",
        }
        status = []
        response = handler(environ, lambda code, _headers: status.append(code))
        body = read(response)
        response.close()
        assert status == ["200 OK"], status
        return body

    return send
