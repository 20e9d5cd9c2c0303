"""What part of the book of business somebody asks for, read from the address of the page."""

from django.http import QueryDict

from accounts.book import SHOWS, SORTS, Wanted

LONGEST = 80


def wanted(query: QueryDict) -> Wanted:
    """Return what *query* asks for; what it cannot mean counts as not asked."""
    sort = query.get("sort", "")
    start = plain(query.get("after", "") or query.get("before", ""))
    show = query.get("show", "")
    return Wanted(
        search=plain(query.get("q", "")),
        show=show if show in SHOWS else "all",
        sort=sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "name",
        descending=sort.startswith("-") and sort[1:] in SORTS,
        start=start,
        back=bool(start) and not query.get("after"),
    )


def plain(text: str) -> str:
    """Return what was typed into a search field, without outer spaces and what no name holds, cut to 80 characters."""
    return text.replace("\x00", "").strip()[:LONGEST]


def query_of(asked: Wanted, **changes: str) -> str:
    """Return the address's query that asks for *asked* with *changes*; the first page, unless these name a start."""
    kept = {
        "q": asked.search,
        "show": asked.show if asked.show != "all" else "",
        "sort": ("-" if asked.descending else "") + asked.sort,
        **changes,
    }
    if kept["sort"] == "name":
        del kept["sort"]
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in kept.items() if value})
    return f"?{query.urlencode()}"
