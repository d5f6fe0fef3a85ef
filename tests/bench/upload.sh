#!/bin/bash
# An upload of 1 GB by tus-js-client, all in one request (its default) and in 64 MiB pieces, beside (a) what the disk itself
# writes (dd with fdatasync at the end) and (b) the same client sending to a sink that throws the bytes away, which is the
# most this client can do here. The client is the lone user of one core.
. "$(dirname "$0")/lib.sh"
dir=${BENCH_DISK:-$B}/bench-up.$$
case $dir in /root/*) dir=/var/tmp/ath-bench-up.$$ ;; esac
sink=
trap '[ -z "$sink" ] || kill "$sink"; bench_stop' EXIT
bench_start "$dir"
project=$(curl -fsS -H "Authorization: Bearer $TOKEN" -H 'Idempotency-Key: bench-project' -H 'Content-Type: application/json' -d '{"name":"bench"}' "$URL/api/v1/projects" | jq -r .id)
head -c 1073741824 /dev/urandom >"$dir/source"
disk=0
for _ in 1 2 3; do
    v=$(dd if="$dir/source" of="$dir/copy" bs=1M conv=fdatasync 2>&1 | awk '/copied/ { printf "%d", $1 / 1e6 / $(NF - 3) }')
    rm "$dir/copy"
    [ "$v" -gt "$disk" ] && disk=$v
done
"$B/tests/bench/tus_sink" $((PORT + 1)) &
sink=$!
before=$(rss_kib "$PORTAL")
send() { NODE_PATH="$B/npm/node_modules" node tests/bench/upload.cjs "$1" "$TOKEN" "$project" "$dir/source" "$2"; }
for mib in 0 64; do
    what="upload of 1 GB, tus-js-client, $([ $mib = 0 ] && echo 'one request' || echo "$mib MiB requests")"
    ours=$(send "$URL" $mib)
    rm -f "$dir"/uploads/*
    client=$(send "http://127.0.0.1:$((PORT + 1))" $mib)
    row "$what" "$ours MB/s" "dd, fdatasync: $disk MB/s" "$(ratio "$ours" "$disk")" "durable before the last answer"
    row "$what" "$ours MB/s" "the same client into a sink: $client MB/s" "$(ratio "$ours" "$client")" "portal RSS $((before / 1024)) MB before, peak $(($(hwm_kib "$PORTAL") / 1024)) MB"
done
