#!/bin/bash
# Installs what is missing of packages.txt (kinds as arguments), so that no system service starts by it.
# Node and npm: Debian's, only where no `node` is there (NodeSource's package conflicts with Debian's npm).
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"

missing() {
    local kind=$1 name k
    while read -r name k _; do
        case $name in '' | '#'*) continue ;; esac
        [ "$k" = "$kind" ] || continue
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done <"$HERE/packages.txt"
}

want=()
for kind in "$@"; do
    if [ "$kind" = node ]; then
        command -v node >/dev/null || want+=(nodejs)
        command -v npm >/dev/null || want+=(npm)
    else
        mapfile -t -O "${#want[@]}" want < <(missing "$kind")
    fi
done
[ ${#want[@]} -gt 0 ] || { echo "all there"; exit 0; }
echo "installing: ${want[*]}"

# A policy of our own only while we install, and only if the machine has none.
policy=/usr/sbin/policy-rc.d
if as_root test -e "$policy"; then
    made=
else
    made=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
fi
cleanup() { [ -z "$made" ] || as_root rm -f "$policy"; }
trap cleanup EXIT
install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${want[@]}"; }
install || { as_root apt-get update && install; }
