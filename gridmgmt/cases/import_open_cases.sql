-- Reports, cases and first steps of one chunk. import_store.py puts two texts in their places before this runs.
WITH answer AS MATERIALIZED (
    SELECT * FROM import_answer
),

received AS (
    INSERT INTO incident_report (
        id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m,
        point, kind,
        class_code, description, address
    )
    SELECT
        case_id, source, source_ref, client_request_id, reported_at, CAST(:now AS timestamptz), raw_x, raw_y, raw_crs, accuracy_m, point,
        kind, class_code, description, address
    FROM import_new
    WHERE position BETWEEN :first AND :last
    ORDER BY position
    RETURNING id
),

opened AS (
    INSERT INTO case_file (
        id, case_no, report_id, state, version, opened_at, kind, class_code, basis, edition_id, district_code, street_office_code,
        community_code, unit_grid_code, shared_with, border_distance_m, segment_code, segment_distance_m, zone_code, appointment_id,
        person_id, source, reported_at, reported_by, point, description, address
    )
    SELECT
        import_new.case_id, case_number, import_new.case_id, 'reported', 2, CAST(:now AS timestamptz), import_new.kind,
        import_new.class_code, answer.basis, answer.edition_id, answer.district_code, answer.street_office_code,
        answer.community_code, answer.unit_grid_code, answer.shared_with, answer.border_distance_m,
        answer.segment_code, answer.segment_distance_m, answer.zone_code, answer.appointment_id, answer.person_id,
        import_new.source, import_new.reported_at, CAST(:actor AS text), import_new.point, import_new.description, import_new.address
    FROM import_new
    INNER JOIN received ON import_new.case_id = received.id
    INNER JOIN answer ON import_new.position = answer.id
    ORDER BY import_new.position
    RETURNING id, basis
),

step AS (
    INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason)
    SELECT opened.id, 1, 'report', NULL, 'reported', CAST(:now AS timestamptz), CAST(:actor AS text), CAST(NULL AS text) FROM opened
    UNION ALL
    SELECT opened.id, 2, 'assign', 'reported', 'reported', CAST(:now AS timestamptz), 'system', opened.basis FROM opened
    ORDER BY 1, 2
)

SELECT count(*) FROM opened
