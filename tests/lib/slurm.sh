#!/bin/bash
# A throw-away multi-node Slurm on this machine, for tests.
#
#   slurm.sh start FOLDER [NODES=2] [GPUS a node=0] [MINJOBAGE=300]   start it and wait until every node is idle
#   slurm.sh stop FOLDER                                             end its jobs and daemons (harmless when stopped)
#   slurm.sh stop-ctld FOLDER [SIGNAL=TERM] | start-ctld FOLDER      an outage of the controller, jobs go on; with KILL
#                                                                    it forgets the jobs of its last seconds
#   slurm.sh stop-node FOLDER NAME | start-node FOLDER NAME           one node (n1, n2 ...) dies or returns
#   slurm.sh conf FOLDER                                             prints the path to give as SLURM_CONF
#
# FOLDER must be reachable by the users munge and slurm when started as root (so: below a 0711 folder), and short,
# for it holds a Unix socket. Started as an ordinary user everything runs as that user.
# Nodes have CPUS (4) CPUs and MEM (4000) MB each whatever the machine has; GPUs are ordinary files. All of it listens
# on 127.0.0.1 only, with its own munge key, so several can live side by side. Credentials expire after 10 s because
# Slurm starts a requeued job only when those of its earlier start have (120 s by default).
# Settings by environment: CPUS, MEM, EXTRA_CONF (lines added to slurm.conf), MUNGE_GROUP (may use the munge socket).
set -eu

die() { echo "slurm.sh: $*" >&2; exit 1; }

cmd=${1:-}
[ $# -ge 2 ] || die "usage: slurm.sh start|stop|stop-ctld|start-ctld|stop-node|start-node|conf FOLDER …"
D=$2
case $D in /*) ;; *) D=$PWD/$D ;; esac
export PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$D/slurm.conf

if [ "$(id -u)" = 0 ]; then
    MUNGE_USER=munge SLURM_USER=slurm
else
    MUNGE_USER=$(id -un) SLURM_USER=$MUNGE_USER
fi

# Our daemon still lives if the recorded process has our folder on its command line or in its environment
# (process numbers are reused).
alive() {
    local pid
    pid=$(cat "$D/run/$1.pid" 2>/dev/null) && [ -n "$pid" ] && [ -d "/proc/$pid" ] &&
        grep -qzF -- "$D/" "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null
}

end() { # name [signal]
    alive "$1" || { rm -f "$D/run/$1.pid"; return 0; }
    local pid i
    pid=$(cat "$D/run/$1.pid")
    kill "-${2:-TERM}" "$pid" 2>/dev/null || true
    for i in $(seq 100); do alive "$1" || break; sleep 0.1; done
    if alive "$1"; then kill -KILL "$pid" 2>/dev/null || true; fi
    rm -f "$D/run/$1.pid"
}

launch() { # name user command…: in its own session, so that a test's terminal does not reach it
    local name=$1 user=$2
    shift 2
    alive "$name" && return 0
    local become=()
    [ "$user" = "$(id -un)" ] || become=(setpriv --reuid "$user" --regid "$user" --init-groups --)
    (exec setsid "${become[@]}" "$@") </dev/null >>"$D/log/$name.out" 2>&1 &
    echo $! >"$D/run/$name.pid"
}

free_base() { # n: first of n ports nobody listens on, below the range of outgoing connections
    local n=$1 try base p busy
    for try in $(seq 50); do
        base=$((20000 + (RANDOM * 7 + try) % 11000)) busy=
        for p in $(seq "$base" $((base + n))); do
            if (: <"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then busy=1; break; fi
        done
        [ "$busy" ] || { echo "$base"; return; }
    done
    die "no free ports"
}

write_conf() { # nodes gpus minjobage
    local nodes=$1 gpus=$2 age=$3 base host i g gres=
    base=$(free_base "$nodes")
    host=$(hostname -s)
    [ "$gpus" -gt 0 ] && gres=" Gres=gpu:$gpus"
    : >"$D/gres.conf"
    for i in $(seq "$nodes"); do
        [ "$gpus" -gt 0 ] || break
        for g in $(seq 0 $((gpus - 1))); do : >"$D/gpu/n$i-$g"; done
        echo "NodeName=n$i Name=gpu File=$D/gpu/n$i-[0-$((gpus - 1))]" >>"$D/gres.conf"
    done
    cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=$SLURM_USER
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$D/munge/run/socket,cred_expire=10
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$D/state
SlurmdSpoolDir=$D/spool/%n
SlurmctldPidFile=$D/run/slurmctld.own
SlurmdPidFile=$D/run/%n.own
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,sched_min_interval=100000,bf_interval=3
PriorityType=priority/basic
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
EnforcePartLimits=ALL
MaxJobCount=20000
MaxArraySize=10001
MinJobAge=$age
KillWait=10
SlurmctldTimeout=30
SlurmdTimeout=60
InactiveLimit=0
GresTypes=gpu
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1))-$((base + nodes)) CPUs=${CPUS:-4} RealMemory=${MEM:-4000}$gres State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=2-0 State=UP
PartitionName=short Nodes=ALL MaxTime=60 State=UP
${EXTRA_CONF:-}
CONF
}

start_ctld() { launch slurmctld "$SLURM_USER" slurmctld -D -f "$SLURM_CONF"; }
start_node() { launch "$1" "$(id -un)" slurmd -D -N "$1" -f "$SLURM_CONF"; }

start() { # nodes gpus minjobage
    local nodes=$1 i
    mkdir -p "$D"/{munge/run,munge/log,state,spool,run,log,gpu}
    chmod 0711 "$D"
    [ ${#D} -le 80 ] || die "$D is too long for a Unix socket"
    [ -f "$SLURM_CONF" ] || write_conf "$@"
    if [ ! -f "$D/munge/key" ]; then
        (umask 077 && head -c 128 /dev/urandom >"$D/munge/key")
    fi
    chmod 0711 "$D/munge/run"
    if [ "$(id -u)" = 0 ]; then
        chown -R "$MUNGE_USER:" "$D/munge"
        chown -R "$SLURM_USER:" "$D/state"
        touch "$D/log/slurmctld.log"
        chown "$SLURM_USER:" "$D/log/slurmctld.log" "$D/run"
        [ -z "${MUNGE_GROUP:-}" ] || { chgrp "$MUNGE_GROUP" "$D/munge/run"; chmod 0750 "$D/munge/run"; }
    fi
    launch munged "$MUNGE_USER" munged --foreground --force --num-threads=4 --key-file="$D/munge/key" \
        --socket="$D/munge/run/socket" --pid-file="$D/munge/run/pid" --log-file="$D/munge/log/log" \
        --seed-file="$D/munge/seed"
    for i in $(seq 50); do [ -S "$D/munge/run/socket" ] && break; sleep 0.1; done
    [ -S "$D/munge/run/socket" ] || die "munged did not start: see $D/log/munged.out"
    start_ctld
    for i in $(seq "$nodes"); do start_node "n$i"; done
    for i in $(seq 300); do
        [ "$(sinfo -h -N -p main -t idle,mix,alloc -o %N 2>/dev/null | wc -l)" = "$nodes" ] && return 0
        alive slurmctld || die "slurmctld ended: see $D/log/slurmctld.out"
        sleep 0.2
    done
    die "not all nodes came up: see $D/log"
}

# Jobs outlive slurmd, so their step daemons are found by the configuration in their environment.
end_steps() {
    local p
    for p in /proc/[0-9]*; do
        grep -qzxF "SLURM_CONF=$SLURM_CONF" "$p/environ" 2>/dev/null || continue
        grep -qE '^slurmstepd|^slurm_script' "$p/comm" 2>/dev/null || continue
        kill -KILL -- "-${p#/proc/}" "${p#/proc/}" 2>/dev/null || true
    done
}

stop() {
    local f i
    [ -d "$D/run" ] || return 0
    if alive slurmctld; then
        timeout 10 squeue -h -o %A 2>/dev/null | xargs -r timeout 20 scancel -f -Q 2>/dev/null || true
        for i in $(seq 25); do [ -z "$(timeout 10 squeue -h -t R,CG -o %A 2>/dev/null)" ] && break; sleep 0.2; done
    fi
    for f in "$D"/run/n*.pid; do [ -e "$f" ] && end "$(basename "$f" .pid)"; done
    end_steps
    end slurmctld
    end munged
}

case $cmd in
start) start "${3:-2}" "${4:-0}" "${5:-300}" ;;
stop) stop ;;
stop-ctld) end slurmctld "${3:-TERM}" ;;
start-ctld) start_ctld ;;
stop-node) end "$3" KILL ;;
start-node) start_node "$3" ;;
conf) echo "$SLURM_CONF" ;;
*) die "unknown command $cmd" ;;
esac
