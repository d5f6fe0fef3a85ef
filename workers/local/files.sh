#!/bin/bash
# Makes the users, folders and configuration of the stack in VAR_REAL, and copies programs there. Idempotent:
# what exists is kept, programs and share are refreshed. Prints "changed NAME" for each program that differs.
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
var_resolve
set_users
V=$VAR_REAL
PG=/usr/lib/postgresql/15/bin

own() { is_root && chown "$@" || true; }
folder() { # path mode user group
    mkdir -p "$1"
    chmod "$2" "$1"
    own "$3:$4" "$1"
}

users() {
    is_root || return 0
    local u
    for u in athanor athanor-web; do
        getent passwd "$u" >/dev/null || useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin "$u"
    done
    getent group athanor-munge >/dev/null || groupadd --system athanor-munge
}

folders() {
    local root_or_me
    root_or_me=$(id -un)
    if is_root && [ "$V" != "$VAR" ]; then
        mkdir -p /var/lib/athanor
        chmod 0711 /var/lib/athanor
    fi
    folder "$V" 0711 "$root_or_me" "$(id -gn)"
    [ "$V" = "$VAR" ] || ln -sfn "$V" "$VAR"
    local d
    for d in bin libexec share run log lmod slurm munge pg; do folder "$V/$d" 0755 "$root_or_me" "$(id -gn)"; done
    folder "$V/pg/data" 0700 "$U_PG" "$(id -gn "$U_PG")"
    folder "$V/pg/run" 0755 "$U_PG" "$(id -gn "$U_PG")"
    folder "$V/munge/key" 0700 "$U_MUNGE" "$(id -gn "$U_MUNGE")"
    folder "$V/munge/log" 0700 "$U_MUNGE" "$(id -gn "$U_MUNGE")"
    # munged makes its socket for everybody: the folder decides who reaches it (the portal must not).
    if is_root; then folder "$V/munge/run" 0750 "$U_MUNGE" athanor-munge; else folder "$V/munge/run" 0700 "$U_MUNGE" "$(id -gn)"; fi
    folder "$V/slurm/state" 0700 "$U_SLURM" "$(id -gn "$U_SLURM")"
    folder "$V/slurm/spool" 0755 "$root_or_me" "$(id -gn)"
    folder "$V/slurm/log" 0755 "$U_SLURM" "$(id -gn "$U_SLURM")"
    folder "$V/slurm/run" 0755 "$U_SLURM" "$(id -gn "$U_SLURM")"
    folder "$V/uploads" 2770 "$U_WEB" "$G_WORKER"
    folder "$V/store" 2750 "$U_WORKER" "$G_WEB"
    folder "$V/projects" 2750 "$U_WORKER" "$G_WEB"
    folder "$V/run/worker" 0750 "$U_WORKER" "$G_WORKER"
}

# install SRC DST: atomic, says when it changed something.
put() {
    cmp -s "$1" "$2" && return 0
    cp "$1" "$2.new"
    chmod "${3:-0755}" "$2.new"
    mv "$2.new" "$2"
    echo "changed $(basename "$2")"
}
programs() {
    local p
    for p in athanor athanor-worker athanorctl athanor-supervise; do put "$B/$p" "$V/bin/$p"; done
    for p in helper-slurm helper-inspect athanor-job; do put "$B/$p" "$V/libexec/$p"; done
    local tree
    for tree in static templates migrations; do
        rm -rf "$V/share/$tree.new"
        # With their times: the server takes a compressed copy only if it is not older than its file.
        if [ $tree = static ]; then
            cp -rL --preserve=timestamps "$B/static" "$V/share/static.new"
            rm -f "$V/share/static.new/.done"
        else
            cp -rL "$SRC/$tree" "$V/share/$tree.new"
        fi
        chmod -R u=rwX,go=rX "$V/share/$tree.new"
        if diff -rq "$V/share/$tree.new" "$V/share/$tree" >/dev/null 2>&1; then
            rm -rf "$V/share/$tree.new"
        else
            rm -rf "$V/share/$tree.old"
            [ ! -d "$V/share/$tree" ] || mv "$V/share/$tree" "$V/share/$tree.old"
            mv "$V/share/$tree.new" "$V/share/$tree"
            rm -rf "$V/share/$tree.old"
            echo "changed share/$tree"
        fi
    done
}

free_port() { /usr/bin/python3 - "$1" <<'PY'
import random, socket, sys
# Below the range of outgoing connections, so that nobody gets it by chance while we are down.
taken = set(sys.argv[1].split())
while True:
    port = random.randrange(20000, 32000)
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    if str(port) not in taken:
        print(port)
        break
PY
}

stack_env() {
    local said=$PORT
    [ ! -f "$V/stack.env" ] || . "$V/stack.env"
    [ "$PORT" = "$said" ] || echo "changed port"
    PORT=$said
    : "${SLURMCTLD_PORT:=$(free_port "$PORT")}"
    : "${SLURMD_PORT:=$(free_port "$PORT $SLURMCTLD_PORT")}"
    printf 'PORT=%s\nSLURMCTLD_PORT=%s\nSLURMD_PORT=%s\n' "$PORT" "$SLURMCTLD_PORT" "$SLURMD_PORT" >"$V/stack.env"
}

postgres() {
    if [ ! -f "$V/pg/data/PG_VERSION" ]; then
        run_as "$U_PG" "$PG/initdb" -D "$V/pg/data" -U postgres -A peer --locale=C.UTF-8 -E UTF8 --data-checksums
    fi
    cat >"$V/pg/data/athanor.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$V/pg/run'
unix_socket_permissions = 0777
max_connections = 200
shared_buffers = 256MB
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
CONF
    grep -q "^include 'athanor.conf'" "$V/pg/data/postgresql.conf" || echo "include 'athanor.conf'" >>"$V/pg/data/postgresql.conf"
    # Who you are in the machine decides which role you may be: no passwords anywhere.
    echo "local all all peer map=athanor" >"$V/pg/data/pg_hba.conf"
    {
        for role in postgres athanor_owner; do echo "athanor $U_PG $role"; done
        if is_root; then
            for role in postgres athanor_owner athanor_web athanor_worker; do echo "athanor root $role"; done
        fi
        echo "athanor $U_WORKER athanor_worker"
        echo "athanor $U_WEB athanor_web"
    } | sort -u >"$V/pg/data/pg_ident.conf"
    own -R "$U_PG:" "$V/pg/data"
}

run_as() { # user command…
    local user=$1
    shift
    if is_root && [ "$user" != root ]; then (cd / && setpriv --reuid "$user" --regid "$user" --clear-groups -- "$@"); else "$@"; fi
}

munge_key() {
    [ -f "$V/munge/key/munge.key" ] || (umask 077 && head -c 128 /dev/urandom >"$V/munge/key/munge.key")
    own "$U_MUNGE:" "$V/munge/key/munge.key"
    chmod 0400 "$V/munge/key/munge.key"
}

slurm() {
    local host cpus mem gpus gres='' i
    host=$(hostname -s)
    cpus=$(nproc)
    # Slurm may hand out all memory but what the machine itself needs.
    mem=$(awk '/MemTotal/ { printf "%d", $2 / 1024 * 0.9 }' /proc/meminfo)
    mapfile -t gpus < <(gpus_find /dev)
    : >"$V/slurm/gres.conf"
    if [ ${#gpus[@]} -gt 0 ]; then
        gres=" Gres=gpu:${#gpus[@]}"
        for i in "${gpus[@]}"; do echo "NodeName=$host Name=gpu File=$i" >>"$V/slurm/gres.conf"; done
    fi
    cat >"$V/slurm/slurm.conf.new" <<CONF
# Written by make up; changes are lost at the next one.
ClusterName=athanor
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$SLURMCTLD_PORT
SlurmdPort=$SLURMD_PORT
SlurmUser=$U_SLURM
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$V/munge/run/socket
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$V/slurm/state
SlurmdSpoolDir=$V/slurm/spool
SlurmctldPidFile=$V/slurm/run/slurmctld.pid
SlurmdPidFile=$V/run/slurmd.own.pid
SlurmctldLogFile=$V/slurm/log/slurmctld.log
SlurmdLogFile=$V/slurm/log/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=$((mem / cpus))
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=5,sched_interval=5
PriorityType=priority/basic
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
MaxJobCount=100000
MaxArraySize=100001
MinJobAge=300
KillWait=30
GresTypes=gpu
EnforcePartLimits=ALL
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$mem$gres State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=UNLIMITED DefaultTime=60 State=UP OverSubscribe=NO
CONF
    cmp -s "$V/slurm/slurm.conf.new" "$V/slurm/slurm.conf" || echo "changed slurm.conf"
    mv "$V/slurm/slurm.conf.new" "$V/slurm/slurm.conf"
    touch "$V/slurm/log/slurmctld.log"
    own "$U_SLURM:" "$V/slurm/log/slurmctld.log"
}

conf() {
    # Only what must be told; an administrator's own lines stay.
    [ -f "$V/athanor.conf" ] || printf '# Settings of this stack; all of them: athanor --show-config\n' >"$V/athanor.conf"
    sed -i '/^var = /d; /^port = /d' "$V/athanor.conf"
    printf 'var = %s\nport = %s\n' "$V" "$PORT" >>"$V/athanor.conf"
    # Portal, worker and people read it, so it holds no secret.
    ! grep -Eq '^db_(web|worker|owner) *=.*(password *=|//[^/@]*:[^/@]*@)' "$V/athanor.conf" ||
        die "athanor.conf holds a database password, and everybody may read that file" "name a passfile= there, mode 0600, instead"
    chmod 0644 "$V/athanor.conf"
}

service() { printf '\nservice %s\n' "$1"; }
services() {
    {
        echo "# Written by make up."
        service postgres
        printf 'user %s\narg %s\narg -D\narg %s\nready %s\nstop INT\nstop_wait 30\n' "$U_PG" "$PG/postgres" "$V/pg/data" "$V/pg/run/.s.PGSQL.5432"
        service migrate
        # As whoever runs make up: pg_ident lets that user be the owner, and the password file is then theirs alone.
        printf 'arg %s\narg init\narg --conf\narg %s\narg --superuser\narg host=%s dbname=postgres user=postgres\noneshot\n' \
            "$V/bin/athanorctl" "$V/athanor.conf" "$V/pg/run"
        service munged
        printf 'user %s\narg /usr/sbin/munged\narg --foreground\narg --force\narg --num-threads=2\narg --key-file=%s\narg --socket=%s\narg --pid-file=%s\narg --log-file=%s\narg --seed-file=%s\nready %s\n' \
            "$U_MUNGE" "$V/munge/key/munge.key" "$V/munge/run/socket" "$V/munge/run/munged.pid" "$V/munge/log/munged.log" "$V/munge/key/seed" "$V/munge/run/socket"
        service slurmctld
        printf 'user %s\n' "$U_SLURM"
        is_root && echo "group athanor-munge"
        printf 'env SLURM_CONF=%s\narg /usr/sbin/slurmctld\narg -D\narg -f\narg %s\nready %s\n' "$V/slurm/slurm.conf" "$V/slurm/slurm.conf" "$V/slurm/run/slurmctld.pid"
        service slurmd
        printf 'env SLURM_CONF=%s\narg /usr/sbin/slurmd\narg -D\narg -f\narg %s\n' "$V/slurm/slurm.conf" "$V/slurm/slurm.conf"
        service worker
        printf 'user %s\n' "$U_WORKER"
        is_root && echo "group athanor-munge"
        printf 'env SLURM_CONF=%s\narg %s\narg --conf\narg %s\n' "$V/slurm/slurm.conf" "$V/bin/athanor-worker" "$V/athanor.conf"
        service portal
        printf 'user %s\narg %s\narg --conf\narg %s\n' "$U_WEB" "$V/bin/athanor" "$V/athanor.conf"
    } >"$V/run/services.new"
    mv "$V/run/services.new" "$V/run/services"
}

users
folders
stack_env
programs
conf
postgres
munge_key
slurm
"$HERE/modules.sh" "$V/lmod/modulefiles"
services
