DROP TABLE IF EXISTS pg_temp.import_report;
CREATE TEMPORARY TABLE import_report (
    row_no bigint NOT NULL,
    source text NOT NULL,
    source_ref text,
    client_request_id text,
    reported_at timestamptz NOT NULL,
    raw_x float8 NOT NULL,
    raw_y float8 NOT NULL,
    raw_crs text NOT NULL,
    accuracy_m float8,
    point geometry (POINT) NOT NULL,
    kind text,
    class_code text,
    description text NOT NULL,
    address text,
    day date NOT NULL,
    verdict text NOT NULL DEFAULT 'new',
    earlier text
) ON COMMIT DROP
