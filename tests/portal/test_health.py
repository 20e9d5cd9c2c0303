import pytest

from tests.ambient import as_owner


@pytest.mark.django_db
def test_alive(client):
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_ready_names_what_it_checked(client):
    response = client.get("/readyz")

    assert response.json() == {
        "database": "ok",
        "redis": "ok",
        "role": "ok",
        "migrations": "ok",
    }


@pytest.mark.django_db(transaction=True)
def test_whoever_would_see_all_rows_is_not_ready(client):
    with as_owner():
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["role"] == "down"
