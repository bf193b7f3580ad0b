-- Whether repeated reports say the same as before: by report, the worst of what was found.
CREATE TEMPORARY TABLE backlog_verdict ON COMMIT DROP AS
WITH waiting AS NOT MATERIALIZED (
    SELECT
        id,
        row(raw_x, raw_y, raw_crs, reported_at, accuracy_m, kind, class_code, description, address) AS content
    FROM (SELECT * FROM backlog_report) AS report
),

known AS NOT MATERIALIZED (
    SELECT
        id,
        row(raw_x, raw_y, raw_crs, reported_at, accuracy_m, kind, class_code, description, address) AS content
    FROM incident_report
)

SELECT DISTINCT ON (found.report_id)
    found.report_id,
    found.row_no,
    coalesce(case_file.case_no, 'row ' || found.earlier_row) AS earlier,
    coalesce(mine.content IS NOT DISTINCT FROM coalesce(earlier_row.content, stored.content), FALSE) AS same
FROM backlog_repeat AS found
INNER JOIN waiting AS mine ON found.report_id = mine.id
LEFT JOIN waiting AS earlier_row ON found.earlier_row IS NOT NULL AND found.earlier_id = earlier_row.id
LEFT JOIN known AS stored ON found.earlier_row IS NULL AND found.earlier_id = stored.id
LEFT JOIN case_file ON found.earlier_row IS NULL AND found.earlier_id = case_file.id
ORDER BY found.report_id, same
