-- Ids in the order of the file, positions along a Hilbert curve: neighbours are assigned one after the other, from warm pages
DROP TABLE IF EXISTS pg_temp.import_new;
CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS
SELECT
    fresh.*,
    row_number() OVER (ORDER BY fresh.point, fresh.row_no) AS position
FROM (
    SELECT
        in_order.*,
        nextval(pg_get_serial_sequence('incident_report', 'id')) AS report_id,
        nextval(pg_get_serial_sequence('case_file', 'id')) AS case_id
    FROM (SELECT * FROM import_report WHERE verdict = 'new' ORDER BY row_no) AS in_order
) AS fresh;
CREATE UNIQUE INDEX ON import_new (position);
ANALYZE import_new
