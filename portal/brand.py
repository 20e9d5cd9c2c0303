"""The carrier's own brand: name, logo, colors, contact lines and hours, all from settings."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest

from portal import cookies

COLOR_NAMES = ("brand", "brand-dark", "brand-darker", "brand-tint", "brand-tint-2")


@dataclass(frozen=True)
class Brand:
    """What templates may say about the carrier. The first word of the name is set in bold."""

    name: str
    logo: str
    team: str
    phone: str
    hours: str
    email: str

    @property
    def strong(self) -> str:
        """Return the first word of the name."""
        return self.name.partition(" ")[0]

    @property
    def rest(self) -> str:
        """Return the name without its first word."""
        return self.name.partition(" ")[2]

    @property
    def logo_url(self) -> str:
        """Return the address of the logo, "" without one; a wrong BRAND_LOGO costs the picture, not the page."""
        try:
            return str(staticfiles_storage.url(self.logo)) if self.logo else ""
        except ValueError:  # not collected; the check portal.E005 says so
            return ""

    @property
    def color(self) -> str:
        """Return the brand color, for letters, which cannot load the stylesheet."""
        return str(settings.BRAND_COLORS["brand"])

    @property
    def phone_link(self) -> str:
        """Return the phone number as digits for a tel: link, without the words after it."""
        return "".join(
            char for char in self.phone.partition(",")[0] if char.isdigit() or char == "+"
        )


def brand() -> Brand:
    """Return the brand that the settings name."""
    return Brand(
        name=settings.BRAND_NAME,
        logo=settings.BRAND_LOGO,
        team=settings.BRAND_CONTACT_TEAM,
        phone=settings.BRAND_PHONE,
        hours=settings.BRAND_HOURS,
        email=settings.BRAND_EMAIL,
    )


def stylesheet() -> str:
    """Return the carrier's colors as a stylesheet; it is loaded after our own."""
    rules = "".join(f"--{name}:{settings.BRAND_COLORS[name]};" for name in COLOR_NAMES)
    return f":root{{{rules}}}\n"


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio (1 to 21) of two colors written ``#rrggbb``."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def context(request: HttpRequest) -> dict[str, object]:
    """Give every template the brand, the visitor's region and cookie choice, and the idle limits."""
    regions = dict(settings.REGIONS)
    region = request.COOKIES.get("region", "")
    return {
        "brand": brand(),
        "DEMO": settings.DEMO,
        "regions": settings.REGIONS,
        "region": regions.get(region, ""),
        "region_code": region if region in regions else "",
        "cookie_choice": cookies.chosen(request),
        "idle_seconds": settings.IDLE_SIGN_OUT_SECONDS,
        "idle_warning_seconds": settings.IDLE_WARNING_SECONDS,
        "request_id": getattr(request, "request_id", ""),
        "business_days": settings.REGISTRATION_BUSINESS_DAYS,
        "access_code_days": settings.ACCESS_CODE_DAYS,
    }
