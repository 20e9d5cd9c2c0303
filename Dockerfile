# One image for web, worker, clock and migrations; docker-compose.yml shows all four.
# Everything is configured by environment variables: docs/running.md lists them.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/portal
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
ENV PATH=/opt/venv/bin:$PATH
COPY . .
# The settings refuse to start without values; these reach no running container.
RUN SECRET_KEY=only-while-the-image-is-built-0123456789-0123456789-0123456789 \
    ACCESS_CODE_KEY=only-while-the-image-is-built-0123456789 \
    SEALING_KEYS=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= \
    BASE_URL=https://build.invalid ALLOWED_HOSTS=build.invalid SMTP_HOST=build.invalid \
    DATABASE_URL=postgresql://build.invalid/portal REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --noinput \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm
# Pango draws the PDFs. Debian's stable release already fixes the versions.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent portal \
    && install -d -o portal /var/lib/employer-portal/documents
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/portal /srv/portal
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME=/tmp/.cache
WORKDIR /srv/portal
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "portal.healthcheck"]
# More processes: WEB_CONCURRENCY=4; other options of gunicorn: GUNICORN_CMD_ARGS="--threads 8"
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--no-control-socket"]
