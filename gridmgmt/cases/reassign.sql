-- Where open cases of `ids` lie and who answers, as stored and as the rules say on a day; one row each, by id.
-- `answer` stands for the statement that says who is responsible, over the points of these cases.
SELECT
    case_file.id,
    case_file.case_no,
    case_file.state,
    case_file.version,
    case_file.kind,
    case_file.class_code,
    case_file.unit_code,
    case_file.manual_override,
    case_file.source,
    st_x(case_file.point) AS x,
    st_y(case_file.point) AS y,
    case_file.basis AS old_basis,
    case_file.district_code AS old_district_code,
    case_file.street_office_code AS old_street_office_code,
    case_file.community_code AS old_community_code,
    case_file.unit_grid_code AS old_unit_grid_code,
    case_file.segment_code AS old_segment_code,
    case_file.zone_code AS old_zone_code,
    case_file.person_id AS old_person_id,
    person.name AS old_chief,
    answer.basis,
    answer.district_code,
    answer.street_office_code,
    answer.community_code,
    answer.unit_grid_code,
    answer.segment_code,
    answer.zone_code,
    answer.person_id,
    answer.chief_name AS chief,
    answer.edition_id,
    answer.appointment_id,
    answer.segment_distance_m,
    answer.border_distance_m,
    answer.shared_with
FROM answer
INNER JOIN case_file ON answer.id = case_file.id
LEFT JOIN person ON case_file.person_id = person.id
WHERE case_file.id = ANY(:ids) AND case_file.is_open -- said again, so that only their months are read
ORDER BY case_file.id
