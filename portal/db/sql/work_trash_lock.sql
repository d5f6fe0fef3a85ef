-- work_trash_lock: no new run can use the structure of a file from here on until the transaction ends; $1 file
SELECT id FROM structure WHERE file_id = $1 FOR UPDATE
