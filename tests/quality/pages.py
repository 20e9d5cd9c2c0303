"""Every page there is. A new screen is one more line in the module of its noun, see ``acting.Page``."""

from tests.quality.pages_access import ACCESS
from tests.quality.pages_account import SIGN_IN, SIGNED_IN
from tests.quality.pages_coverage import COVERAGE
from tests.quality.pages_front_door import REGISTRATION
from tests.quality.pages_group import GROUPS
from tests.quality.pages_home import AT_HOME
from tests.quality.pages_papers import PAPERS
from tests.quality.pages_public import PUBLIC
from tests.quality.pages_refusals import REFUSALS
from tests.quality.pages_staff import ON_STAFF
from tests.quality.pages_transactions import TRANSACTIONS

PAGES = [
    *PUBLIC,
    *REGISTRATION,
    *SIGN_IN,
    *SIGNED_IN,
    *ACCESS,
    *GROUPS,
    *COVERAGE,
    *PAPERS,
    *TRANSACTIONS,
    *AT_HOME,
    *ON_STAFF,
    *REFUSALS,
]
