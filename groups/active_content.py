"""Files that do something by themselves when somebody opens them."""


class ActiveContentError(ValueError):
    """A file is of a kind we take and holds something that acts: macros, scripts, other files, links."""
