# Built once, run as web, worker or migration: compose.yaml says which.
FROM python:3.13.9-slim-bookworm AS build
# mysqlclient is compiled here, so that no compiler reaches the image that runs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev pkg-config libmariadb-dev \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
COPY requirements.lock /
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.lock

FROM python:3.13.9-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /home/shop shop
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# The key only lets the settings load; it signs nothing. The program writes below var/ alone.
RUN python bin/chart_script \
    && SECRET_KEY=only-while-building-the-image-0123456789 python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var/media var/ledger \
    && chown -R shop: var
USER shop
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s CMD ["python", "bin/healthy"]
CMD ["python", "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", "0.0.0.0:8000", "config.wsgi"]
