"""docs/running.md and the compose file keep up with the settings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "portal" / "settings.py").read_text()
CALL = r'env\.(?:text|integer|flag|choice|items|pairs|url)\(\s*"([A-Z_]+)"'


def test_every_variable_of_the_settings_is_in_the_manual():
    manual = (ROOT / "docs" / "running.md").read_text()
    asked = set(re.findall(CALL, SETTINGS))

    assert len(asked) > 20
    assert sorted(name for name in asked if f"`{name}`" not in manual) == []


def test_compose_gives_every_variable_that_must_be_set():
    compose = (ROOT / "docker-compose.yml").read_text()
    required = re.findall(
        r'env\.(?:text|items|url)\(\s*"([A-Z_]+)"(?:\)|, minimum=\d+\)|, \[[^\]]*\]( |\)))',
        SETTINGS,
    )

    assert len(required) >= 8
    assert [
        name for name, _ in required if not re.search(rf"^    {name}: ", compose, re.MULTILINE)
    ] == []
