#!/bin/sh
# Run once by the image when it makes the database: let the replica follow, and set for the account what sessions behind a pooler cannot ask for.
set -eu
echo "host replication $POSTGRES_USER samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set account="$POSTGRES_USER" <<'SQL'
ALTER ROLE :"account" SET timezone = 'UTC';
ALTER ROLE :"account" SET jit = off;
ALTER ROLE :"account" SET max_parallel_workers_per_gather = 0;
SQL
