import pytest


@pytest.mark.django_db
def test_alive(client):
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_ready_names_what_it_checked(client):
    response = client.get("/readyz")

    assert response.json() == {"database": "ok", "redis": "ok", "migrations": "ok"}
