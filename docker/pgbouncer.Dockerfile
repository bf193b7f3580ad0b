# The distribution's own PgBouncer (1.18), the version that the tests run.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pgbouncer \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --shell /usr/sbin/nologin pooler
COPY pgbouncer.ini /etc/gridmgmt-pgbouncer.ini
USER 10001
EXPOSE 6432
CMD ["sh", "-c", "umask 077 && printf '\"gridmgmt\" \"%s\"\\n' \"$GRIDMGMT_DB_PASSWORD\" >/tmp/users.txt && exec pgbouncer /etc/gridmgmt-pgbouncer.ini"]
