-- A row whose source id or request id stands in an earlier row of the file repeats it, or contradicts it.
WITH keyed AS (
    SELECT
        row_no,
        row(raw_x, raw_y, raw_crs, reported_at, accuracy_m, kind, class_code, description, address) AS content,
        least(
            CASE WHEN source_ref IS NOT NULL THEN min(row_no) OVER (PARTITION BY source, source_ref) END,
            CASE WHEN client_request_id IS NOT NULL THEN min(row_no) OVER (PARTITION BY client_request_id) END
        ) AS first_row
    FROM import_report
)

UPDATE import_report
SET
    verdict = CASE WHEN keyed.content IS NOT DISTINCT FROM original.content THEN 'repeated' ELSE 'conflict' END,
    earlier = 'row ' || keyed.first_row
FROM keyed
INNER JOIN keyed AS original ON keyed.first_row = original.row_no
WHERE import_report.row_no = keyed.row_no AND keyed.first_row < keyed.row_no
