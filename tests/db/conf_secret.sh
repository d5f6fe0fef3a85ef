#!/bin/bash
# athanor.conf is read by everybody, so make up refuses a database password in it, in every form libpq takes, and takes
# the ways that hold none.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/check.sh
dir=$(mktemp -d "${TMPDIR:-/tmp}/athconf.XXXXXX")
trap 'rm -r "$dir"' EXIT
die() {
    echo "$1"
    exit 1
}
eval "$(sed -n '/^conf() {/,/^}/p' workers/local/files.sh | sed '1s/conf/conf_write/')" # that step of make up alone
conf() { # line
    printf '%s\n' "$1" >"$dir/athanor.conf"
    (V=$dir PORT=1 conf_write)
}
for line in "db_web = host=db password=secret" "db_worker = host=db password = 'a b'" "db_owner = sslpassword=secret host=db" \
    "db_web = postgresql://web:secret@db/athanor" "db_web=postgres://web:@db/athanor"; do
    refused "refused: $line" "athanor.conf holds a database password" conf "$line"
done
for line in "db_web = host=db passfile=/etc/athanor/pgpass" "db_web = postgresql://web@db/athanor?passfile=/etc/athanor/pgpass" \
    "public_url = https://athanor:8443/@home" "# db_web = password=old"; do
    ok "taken: $line" conf "$line"
    same "and kept" "$line" "$(head -n 1 "$dir/athanor.conf")"
done
same "everybody may read it" 644 "$(stat -c %a "$dir/athanor.conf")"
check_done
