-- Waiting rows of a month up to an id become rows of the city. publish_store.py puts the tables in place of waiting_....
INSERT INTO report_key (key, report_id)
SELECT key, report_id FROM waiting_report_key WHERE report_id <= :last ORDER BY report_id;
INSERT INTO incident_report (
    id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m, point, kind, class_code,
    description, address
)
SELECT
    id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m, point, kind, class_code,
    description, address
FROM waiting_incident_report WHERE id <= :last ORDER BY id;
INSERT INTO case_file (
    id, case_no, report_id, state, version, opened_at, kind, class_code, basis, edition_id, district_code, street_office_code,
    community_code, unit_grid_code, shared_with, border_distance_m, segment_code, segment_distance_m, zone_code, appointment_id, person_id,
    source, reported_at, reported_by, point, description, address
)
SELECT
    id, case_no, report_id, state, version, opened_at, kind, class_code, basis, edition_id, district_code, street_office_code,
    community_code, unit_grid_code, shared_with, border_distance_m, segment_code, segment_distance_m, zone_code, appointment_id, person_id,
    source, reported_at, reported_by, point, description, address
FROM waiting_case_file WHERE id <= :last ORDER BY id;
INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason)
SELECT case_id, seq, action, from_state, to_state, at, actor, reason FROM waiting_case_step WHERE case_id <= :last ORDER BY case_id, seq;
DELETE FROM waiting_report_key WHERE report_id <= :last;
DELETE FROM waiting_incident_report WHERE id <= :last;
DELETE FROM waiting_case_file WHERE id <= :last;
DELETE FROM waiting_case_step WHERE case_id <= :last
