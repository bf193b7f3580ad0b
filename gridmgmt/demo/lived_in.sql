-- Reports, their keys, cases and steps of what lived_in_store.py has staged: four statements, told apart by semicolons.
INSERT INTO incident_report (
    id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m, point, kind, class_code,
    description, address
)
SELECT
    it.id, it.source, it.source_ref, NULL, to_timestamp(it.reported_at), to_timestamp(it.opened_at), place.raw_x, place.raw_y,
    place.raw_crs, it.accuracy_m, place.point, it.kind, it.class_code, it.description, place.address
FROM lived_case AS it
INNER JOIN lived_place AS place ON it.place = place.id
ORDER BY it.id;
INSERT INTO report_key (key, report_id)
SELECT 'source:' || source || ':' || source_ref, id FROM lived_case ORDER BY id;
INSERT INTO case_file (
    id, case_no, report_id, state, version, opened_at, kind, class_code, basis, edition_id, district_code, street_office_code,
    community_code, unit_grid_code, shared_with, border_distance_m, segment_code, segment_distance_m, zone_code, appointment_id, person_id,
    source, reported_at, reported_by, point, description, address, unit_code, limit_id, due_at, clock_stopped_at, merged_into_id
)
SELECT
    it.id, it.case_no, it.id, it.state, it.version, to_timestamp(it.opened_at), it.kind, it.class_code, answer.basis, answer.edition_id,
    answer.district_code, answer.street_office_code, answer.community_code, answer.unit_grid_code, answer.shared_with,
    answer.border_distance_m, answer.segment_code, answer.segment_distance_m, answer.zone_code, answer.appointment_id, answer.person_id,
    it.source, to_timestamp(it.reported_at), coalesce(who.name, 'public'), place.point, it.description, place.address,
    CASE it.unit WHEN 1 THEN answer.unit_1 WHEN 2 THEN answer.unit_2 END, it.limit_id, to_timestamp(it.due_at),
    to_timestamp(it.stopped_at), it.merged_into
FROM lived_case AS it
INNER JOIN lived_place AS place ON it.place = place.id
INNER JOIN lived_unit AS answer ON it.place = answer.id AND it.department = answer.department
CROSS JOIN LATERAL (
    SELECT
        CASE it.source
            WHEN 'inspector' THEN 'cjy-' || answer.street_office_code
            WHEN 'hotline' THEN '12345'
            WHEN 'video' THEN 'video'
        END AS name
) AS who
ORDER BY it.id;
INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason, channel, details)
SELECT
    it.id, line.seq, line.action, line.from_state, line.to_state, to_timestamp(it.at[line.seq]),
    coalesce(
        CASE line.role
            WHEN 'system' THEN 'system'
            WHEN 'reporter' THEN
                CASE it.source
                    WHEN 'inspector' THEN 'cjy-' || answer.street_office_code
                    WHEN 'hotline' THEN '12345'
                    WHEN 'video' THEN 'video'
                END
            WHEN 'intake' THEN 'slzx-' || (1 + it.id % 6)
            WHEN 'dispatcher' THEN 'pqy-' || answer.district_code
            WHEN 'handler' THEN 'czry-' || lower(had.unit)
            WHEN 'head' THEN 'fzr-' || lower(had.unit)
            WHEN 'checker' THEN 'hcy-' || answer.street_office_code
            WHEN 'closer' THEN 'jdy-' || answer.district_code
            WHEN 'reviewer' THEN 'shy-1'
            WHEN 'second reviewer' THEN 'shy-2'
        END,
        CASE line.role WHEN 'reporter' THEN 'public' ELSE 'zhzx-' || line.role END
    ),
    CASE line.action WHEN 'assign' THEN answer.basis ELSE line.reason END,
    CASE line.role WHEN 'system' THEN NULL ELSE 'page' END,
    CASE line.action
        WHEN 'file' THEN
            jsonb_strip_nulls(jsonb_build_object('condition_no', it.condition_no)) || jsonb_build_object('limit_id', it.limit_id)
        WHEN 'dispatch' THEN jsonb_build_object('unit_code', had.unit)
        WHEN 'dispatch_again' THEN jsonb_build_object('unit_code', had.unit)
        WHEN 'return_to_dispatch' THEN jsonb_build_object('unit_code', had.unit)
        WHEN 'suspend' THEN
            jsonb_build_object('pool', 'engineering', 'review_on', CAST(to_timestamp(it.at[line.seq]) + interval '45 days' AS date))
        WHEN 'request_extension' THEN
            CASE
                WHEN line.again THEN jsonb_build_object('until', to_timestamp(it.until) + interval '2 days', 'granted', false)
                ELSE jsonb_build_object('until', to_timestamp(it.until), 'granted', true)
            END
        WHEN 'merge' THEN jsonb_build_object('into', it.into_no)
        ELSE '{}'
    END
FROM lived_case AS it
INNER JOIN lived_line AS line ON it.script = line.script AND it.version >= line.seq
INNER JOIN lived_unit AS answer ON it.place = answer.id AND it.department = answer.department
CROSS JOIN LATERAL (SELECT CASE line.by_unit WHEN 1 THEN answer.unit_1 WHEN 2 THEN answer.unit_2 END AS unit) AS had
ORDER BY it.id, line.seq
