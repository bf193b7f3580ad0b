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
FROM incident_report AS stored
INNER JOIN case_file ON stored.id = case_file.report_id AND case_file.parent_id IS NULL
WHERE same_id AND import_report.verdict <> 'conflict'
