"""What is known of the request being answered, for logs and the audit trail; empty outside a request."""

from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class RequestInfo:
    """Request id, address and browser of the visitor."""

    request_id: str = ""
    ip_address: str | None = None
    user_agent: str = ""


_NOBODY = RequestInfo()
current: ContextVar[RequestInfo] = ContextVar("request_info", default=_NOBODY)


def client_ip(request: HttpRequest) -> str:
    """Return the visitor's address: behind ``TRUSTED_PROXIES`` proxies the entry they added, else the socket's.

    Entries further left in X-Forwarded-For are the visitor's own claim and are not believed.
    """
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies and _is_address(forwarded[-proxies]):
        return forwarded[-proxies]
    socket = str(request.META.get("REMOTE_ADDR", ""))
    return socket if _is_address(socket) else "127.0.0.1"


def client_browser(request: HttpRequest) -> str:
    """Return what the browser calls itself: readable characters only, at most 200."""
    name = request.headers.get("User-Agent", "")[:1000]
    return "".join(char for char in name if char.isprintable())[:200]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
