-- A row whose id was received before repeats that report, or contradicts it. import_store.py runs it for each of the two ids.
UPDATE import_report
SET
    verdict
    = CASE
        WHEN
            row(
                import_report.raw_x, import_report.raw_y, import_report.raw_crs, import_report.reported_at, import_report.accuracy_m,
                import_report.kind, import_report.class_code, import_report.description, import_report.address
            ) IS NOT DISTINCT FROM row(
                stored.raw_x, stored.raw_y, stored.raw_crs, stored.reported_at, stored.accuracy_m,
                stored.kind, stored.class_code, stored.description, stored.address
            )
            THEN 'repeated'
        ELSE 'conflict'
    END,
    earlier = case_file.case_no
FROM report_key
INNER JOIN incident_report AS stored ON report_key.report_id = stored.id
INNER JOIN case_file ON report_key.report_id = case_file.id
WHERE report_key.key = given_key AND import_report.verdict <> 'conflict'
