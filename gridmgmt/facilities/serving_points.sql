-- Where the facilities of a kind stand that are in service on a day.
SELECT st_asbinary(point) AS point
FROM facility
WHERE
    kind = :kind
    AND (status = any(:serving) OR (status = any(:ended) AND closed_on > :day))
    AND (opened_on IS NULL OR opened_on <= :day) AND (closed_on IS NULL OR closed_on > :day)
ORDER BY code COLLATE "C"
