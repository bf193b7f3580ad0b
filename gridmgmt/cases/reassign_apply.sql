-- Give cases their new place and append one step to each; `given` are rows of JSON, one a case, each still at `version`.
WITH given AS (
    SELECT *
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row_of (
        id bigint, version integer, basis text, edition_id integer, district_code text, street_office_code text, community_code text,
        unit_grid_code text, shared_with text [], border_distance_m float8, segment_code text, segment_distance_m float8, zone_code text,
        appointment_id integer, person_id integer, details jsonb
    )
),

moved AS (
    UPDATE case_file
    SET
        version = case_file.version + 1,
        basis = given.basis,
        edition_id = given.edition_id,
        district_code = given.district_code,
        street_office_code = given.street_office_code,
        community_code = given.community_code,
        unit_grid_code = given.unit_grid_code,
        shared_with = given.shared_with,
        border_distance_m = given.border_distance_m,
        segment_code = given.segment_code,
        segment_distance_m = given.segment_distance_m,
        zone_code = given.zone_code,
        appointment_id = given.appointment_id,
        person_id = given.person_id
    FROM given
    WHERE case_file.id = ANY(:ids) AND case_file.id = given.id AND case_file.version = given.version AND NOT case_file.manual_override
    RETURNING case_file.id, case_file.version, case_file.state
),

written AS (
    INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor, reason, channel, details)
    SELECT
        moved.id,
        moved.version,
        'reassign',
        moved.state,
        moved.state,
        greatest(CAST(:now AS timestamptz), newest.at),
        :actor,
        :reason,
        :channel,
        given.details
    FROM moved
    INNER JOIN given ON moved.id = given.id
    INNER JOIN case_step AS newest ON moved.id = newest.case_id AND newest.seq = moved.version - 1 AND newest.case_id = ANY(:ids)
    RETURNING case_id
)

SELECT count(*) FROM written
