-- Ids in the order of the file, one for a report and its case. What another session took in since it was judged is left out.
-- Positions along a Hilbert curve: neighbours are assigned one after the other, from warm pages.
DROP TABLE IF EXISTS pg_temp.import_numbered, pg_temp.import_new;
CREATE TEMPORARY TABLE import_numbered ON COMMIT DROP AS
SELECT
    in_order.*,
    CAST(to_char(CAST(:case_day AS date), 'YYYYMM') AS bigint) * 1000000000 + nextval('case_serial') AS case_id
FROM (SELECT * FROM import_report WHERE verdict = 'new' ORDER BY row_no) AS in_order;
CREATE TEMPORARY TABLE import_key ON COMMIT DROP AS
SELECT 'request:' || client_request_id AS key, case_id FROM import_numbered WHERE client_request_id IS NOT NULL
UNION ALL
SELECT 'source:' || source || ':' || source_ref, case_id FROM import_numbered WHERE source_ref IS NOT NULL;
INSERT INTO report_key (key, report_id)
SELECT key, case_id FROM import_key ORDER BY case_id
ON CONFLICT DO NOTHING;
WITH faster AS (
    SELECT import_key.case_id FROM import_key INNER JOIN report_key ON import_key.key = report_key.key
    WHERE report_key.report_id <> import_key.case_id
), left_out AS (
    DELETE FROM import_numbered USING faster WHERE import_numbered.case_id = faster.case_id
)
DELETE FROM report_key USING faster INNER JOIN import_key ON faster.case_id = import_key.case_id
WHERE report_key.key = import_key.key AND report_key.report_id = faster.case_id;
DROP TABLE import_key;
CREATE TEMPORARY TABLE import_new ON COMMIT DROP AS
SELECT import_numbered.*, row_number() OVER (ORDER BY point, row_no) AS position FROM import_numbered;
CREATE UNIQUE INDEX ON import_new (position);
ANALYZE import_new
