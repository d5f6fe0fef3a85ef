# A throw-away PostgreSQL for tests, source it: . tests/lib/pg.sh
#
#   pg_start FOLDER            makes FOLDER/pg/{data,run,log} and starts a server on the socket FOLDER/pg/run
#   pg_schema CTL MIGRATIONS   roles, database and schema by "athanorctl init" (no administrator); "" skips the schema
#   pg_psql [ROLE] ARGS...     psql on the database as ROLE (postgres when the first argument starts with "-")
#   pg_stop | pg_kill | pg_again   clean stop | kill -9 of the server | start it again
#   pg_remove                  stops it and deletes FOLDER
#
# FOLDER has the shape of VAR, so programs find the server with "--set var=FOLDER". No TCP port; the socket lets in
# only the operating system users named below (peer), never by trust. As root the server runs as user postgres.
# FOLDER must be reachable by that user (each parent at least 0711) and its path short: sockets allow 107 bytes.

PG_BIN=
for pg_bin in /usr/lib/postgresql/*/bin; do PG_BIN=$pg_bin; done # the newest: Debian's versions are two digits

pg_as() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

pg_start() {
    PG_VAR=$1
    mkdir -p "$PG_VAR/pg/data" "$PG_VAR/pg/run" "$PG_VAR/pg/log"
    chmod 0711 "$PG_VAR" "$PG_VAR/pg"
    chmod 0755 "$PG_VAR/pg/run"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres: "$PG_VAR/pg/data" "$PG_VAR/pg/run" "$PG_VAR/pg/log"
        pg_super=postgres
    else
        pg_super=$(id -un)
    fi
    pg_as "$PG_BIN/initdb" -D "$PG_VAR/pg/data" -U postgres -A peer -E UTF8 --locale=C.UTF-8 -N \
        >"$PG_VAR/initdb.log" 2>&1 || { cat "$PG_VAR/initdb.log" >&2; return 1; }
    {
        echo "athanor $pg_super postgres"
        for pg_role in postgres athanor_owner athanor_web athanor_worker; do
            echo "athanor $(id -un) $pg_role"
        done
        echo "athanor athanor athanor_worker"
        echo "athanor athanor-web athanor_web"
    } | pg_as tee "$PG_VAR/pg/data/pg_ident.conf" >/dev/null
    echo "local all all peer map=athanor" | pg_as tee "$PG_VAR/pg/data/pg_hba.conf" >/dev/null
    # Nothing here outlives the test, so it need not survive a power cut.
    pg_as tee -a "$PG_VAR/pg/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$PG_VAR/pg/run'
max_connections = ${PG_CONNECTIONS:-200}
shared_buffers = 64MB
fsync = off
full_page_writes = off
timezone = 'UTC'
deadlock_timeout = 200ms
log_line_prefix = '%m [%p] %q%u %a '
CONF
    pg_again
}

pg_again() {
    pg_as "$PG_BIN/pg_ctl" -D "$PG_VAR/pg/data" -l "$PG_VAR/pg/log/postgresql.log" -w -t 60 start >/dev/null || {
        tail -n 20 "$PG_VAR/pg/log/postgresql.log" >&2
        return 1
    }
}

pg_stop() {
    pg_as "$PG_BIN/pg_ctl" -D "$PG_VAR/pg/data" -w -t 60 -m fast stop >/dev/null
}

pg_kill() {
    pg_as "$PG_BIN/pg_ctl" -D "$PG_VAR/pg/data" -w -t 60 -m immediate stop >/dev/null
}

pg_psql() {
    pg_user=postgres
    case ${1:-} in
    -* | '') ;;
    *)
        pg_user=$1
        shift
        ;;
    esac
    "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$PG_VAR/pg/run" -U "$pg_user" -d "${PG_DB:-athanor}" "$@"
}

pg_schema() {
    "$1" init --superuser "host=$PG_VAR/pg/run user=postgres dbname=postgres" --no-admin \
        --set "var=$PG_VAR" --set "migrations_dir=$2"
}

pg_remove() {
    [ -n "${PG_VAR:-}" ] || return 0
    pg_stop 2>/dev/null || true
    rm -rf "$PG_VAR"
}
