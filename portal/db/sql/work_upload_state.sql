-- work_upload_state: state of an upload; $1 upload
SELECT state FROM upload WHERE id = $1
