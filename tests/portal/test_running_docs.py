"""docs/running.md, the compose file and the image keep up with the settings."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = {
    "SECRET_KEY": "x" * 60,
    "ACCESS_CODE_KEY": "y" * 40,
    "SEALING_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "BASE_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_PASSWORD": "secret",
    "DATABASE_OWNER_PASSWORD": "secret too",
}


def settings_accept(environment):
    """Import the settings in a process that knows this environment alone; return its complaint."""
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    return (done.stderr.strip() or "fine").splitlines()[-1]


def test_every_variable_of_the_settings_is_in_the_manual():
    manual = (ROOT / "docs" / "running.md").read_text()
    settings = (ROOT / "portal" / "settings.py").read_text()
    asked = set(re.findall(r'\benv\.[a-z]+\(\s*"([A-Z_]+)"', settings))

    assert len(asked) > 20
    assert sorted(name for name in asked if f"`{name}`" not in manual) == []


def test_the_environment_of_the_compose_file_starts_production():
    compose = (ROOT / "docker-compose.yml").read_text()
    block = compose.partition("environment: &environment\n")[2].partition("\n  env_file")[0]
    filled = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: MADE_UP[found[1]], block)
    filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", filled)
    environment = dict(re.findall(r"^    (\w+): (.*)$", filled, re.MULTILINE))

    assert settings_accept(environment) == "fine"
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "SMTP_HOST"):
        without = {key: value for key, value in environment.items() if key != name}
        assert name in settings_accept(without)


def test_only_migrate_signs_in_as_the_owner_of_the_tables():
    compose = (ROOT / "docker-compose.yml").read_text()
    migrate = compose.partition("\n  migrate:\n")[2].partition("\n\n")[0]

    assert compose.count("DATABASE_OWNER_URL:") == migrate.count("DATABASE_OWNER_URL:") == 1
    assert "<<: *environment" in migrate


def test_manual_and_compose_file_make_the_same_roles():
    compose = (ROOT / "docker-compose.yml").read_text().partition("<<'SQL'\n")[2]
    manual = (ROOT / "docs" / "running.md").read_text().partition("```sql\n")[2]
    in_compose = [
        line.strip() for line in compose.partition("SQL\n")[0].splitlines() if line.strip()
    ]
    in_manual = manual.partition("```")[0].splitlines()

    assert [re.sub(r":'\w+'", "'...'", line) for line in in_compose] == in_manual


def test_the_template_holds_every_secret_of_the_compose_file():
    compose = (ROOT / "docker-compose.yml").read_text()
    template = (ROOT / "docs" / "running.md").read_text().partition("cat > .env <<END\n")[2]
    asked = set(re.findall(r"\$\{(\w+):\?", compose))

    assert asked == set(re.findall(r"^(\w+)=", template.partition("\nEND\n")[0], re.MULTILINE))


def test_the_image_is_built_with_an_environment_the_settings_accept():
    dockerfile = (ROOT / "Dockerfile").read_text()
    block = dockerfile.partition("RUN SECRET_KEY=")[2].partition("python manage.py")[0]
    environment = dict(re.findall(r"([A-Z_]+)=(\S+)", "SECRET_KEY=" + block))

    assert settings_accept(environment) == "fine"
