"""Messages between employers and the carrier; so far: reports of an issue."""
