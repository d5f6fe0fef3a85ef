#!/bin/bash
# A file of 1 GB without TLS: the portal beside nginx with sendfile, same file, same client, best of five each.
. "$(dirname "$0")/lib.sh"
dir=/tmp/ath-bench-down.$$
trap 'bench_stop; [ -z "${nginx:-}" ] || kill "$nginx" 2>/dev/null || true' EXIT
bench_start "$dir"
account=$(pg_psql -At -c "SELECT id FROM account WHERE login = 'admin'")
head -c 1073741824 /dev/urandom >"$dir/big"
hash=$(sha256sum "$dir/big" | cut -d' ' -f1)
mkdir -p "$dir/store/${hash:0:2}/${hash:2:2}"
mv "$dir/big" "$dir/store/${hash:0:2}/${hash:2:2}/$hash"
pg_psql -c "
INSERT INTO project (id, name, created_by) VALUES ('prj_00000000000000000000000001', 'bench', '$account');
INSERT INTO project_member VALUES ('prj_00000000000000000000000001', '$account', 'lead');
INSERT INTO blob (sha256, bytes) VALUES ('\\x$hash', 1073741824);
INSERT INTO file (id, project_id, name, bytes, sha256, created_by) VALUES ('fil_00000000000000000000000001', 'prj_00000000000000000000000001', 'big.xtc', 1073741824, '\\x$hash', '$account');"
cat >"$dir/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $dir/nginx.pid; error_log $dir/nginx.log; user root;
events { worker_connections 64; }
http { access_log off; sendfile on; tcp_nopush on; client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3; uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
  server { listen 127.0.0.1:$((PORT + 1)); root $dir/store/${hash:0:2}/${hash:2:2}; } }
CONF
/usr/sbin/nginx -c "$dir/nginx.conf" &
nginx=$!
sleep 0.5
best() { # url…: best MB/s of five
    local i top=0 v
    for i in 1 2 3 4 5; do
        v=$(curl -fsS -o /dev/null -w '%{speed_download}' -H "Authorization: Bearer $TOKEN" "$1" | awk '{ printf "%d", $1 / 1e6 }')
        [ "$v" -gt "$top" ] && top=$v
    done
    echo "$top"
}
theirs=$(best "http://127.0.0.1:$((PORT + 1))/$hash")
ours=$(best "$URL/api/v1/files/fil_00000000000000000000000001/content")
row "download of 1 GB" "$ours MB/s" "nginx, sendfile: $theirs MB/s" "$(ratio "$ours" "$theirs")" "aim 0.9; portal peak RSS $(($(hwm_kib "$PORTAL") / 1024)) MB"
