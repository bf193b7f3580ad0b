-- Waiting reports whose id stands in an earlier row of the file, or in the city already. publish_store.py puts the waiting keys in place.
CREATE TEMPORARY TABLE backlog_repeat ON COMMIT DROP AS
WITH waiting AS (
    SELECT * FROM backlog_key
),

twice AS (
    SELECT waiting.key, min(waiting.report_id % 1000000000) AS first_serial
    FROM waiting GROUP BY waiting.key HAVING count(*) > 1
)

SELECT waiting.report_id, waiting.row_no, earliest.report_id AS earlier_id, earliest.row_no AS earlier_row
FROM twice
INNER JOIN waiting ON twice.key = waiting.key AND waiting.report_id % 1000000000 > twice.first_serial
INNER JOIN waiting AS earliest ON twice.key = earliest.key AND earliest.report_id % 1000000000 = twice.first_serial
UNION ALL
SELECT waiting.report_id, waiting.row_no, report_key.report_id, NULL
FROM waiting
INNER JOIN report_key ON waiting.key = report_key.key
