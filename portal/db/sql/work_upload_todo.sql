-- work_upload_todo: complete uploads to store, small ones first
SELECT id FROM upload WHERE state = 'complete' ORDER BY length_b, id LIMIT 20
