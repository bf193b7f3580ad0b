-- A report as received, its case with the assignment, and the first two steps of the case, each in its own month.
WITH received AS (
    INSERT INTO incident_report (
        id, source, source_ref, client_request_id, reported_at, received_at, raw_x, raw_y, raw_crs, accuracy_m, point, kind, class_code,
        description, address
    ) VALUES (
        :id, :source, :source_ref, :client_request_id, :reported_at, :opened_at, :raw_x, :raw_y, :raw_crs, :accuracy_m,
        st_geomfromewkb(:point), :kind, :class_code, :description, :address
    )
),

opened AS (
    INSERT INTO case_file (
        id, case_no, report_id, state, version, kind, class_code, source, reported_at, reported_by, point, description, address, opened_at,
        basis, edition_id, district_code, street_office_code, community_code, unit_grid_code, shared_with, border_distance_m,
        segment_code, segment_distance_m, zone_code, appointment_id, person_id
    ) VALUES (
        :id, :case_no, :id, 'reported', 2, :kind, :class_code, :source, :reported_at, :reported_by, st_geomfromewkb(:point), :description,
        :address, :opened_at, :basis, :edition_id, :district_code, :street_office_code, :community_code, :unit_grid_code,
        CAST(:shared_with AS text []), :border_distance_m, :segment_code, :segment_distance_m, :zone_code, :appointment_id, :person_id
    )
)

INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason)
VALUES
(:id, 1, 'report', NULL, 'reported', :opened_at, :reported_by, NULL),
(:id, 2, 'assign', 'reported', 'reported', :opened_at, 'system', :basis)
