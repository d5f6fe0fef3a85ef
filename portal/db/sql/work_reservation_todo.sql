-- work_reservation_todo: ended runs that still hold a reservation (the worker died before it settled)
SELECT id, project_id FROM run WHERE state IN ('finished', 'failed', 'cancelled') AND reserved_b > 0 LIMIT 100
