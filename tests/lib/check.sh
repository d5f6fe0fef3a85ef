# Small checks for shell tests, source it after "set -u". Ends with: check_done
#   ok TEXT COMMAND...         the command must succeed (its output is kept in $out)
#   refused TEXT WORDS COMMAND... it must fail and say WORDS (an extended regular expression)
#   same TEXT WANT GOT         two texts must be equal
checks_failed=0
checks_run=0
out=

check_say() {
    checks_run=$((checks_run + 1))
    if [ "$1" = 0 ]; then
        echo "ok   $2"
    else
        echo "FAIL $2"
        checks_failed=$((checks_failed + 1))
    fi
}
ok() {
    check_text=$1
    shift
    out=$("$@" 2>&1)
    check_rc=$?
    [ $check_rc = 0 ] || echo "$out" | sed 's/^/  | /'
    check_say $check_rc "$check_text"
}
refused() {
    check_text=$1
    check_words=$2
    shift 2
    out=$("$@" 2>&1)
    check_rc=$?
    if [ $check_rc != 0 ] && echo "$out" | grep -Eq "$check_words"; then
        check_say 0 "$check_text"
    else
        echo "  exit $check_rc, wanted a refusal with \"$check_words\":"
        echo "$out" | sed 's/^/  | /'
        check_say 1 "$check_text"
    fi
}
same() {
    [ "$2" = "$3" ] || printf '  wanted: %s\n  got:    %s\n' "$2" "$3"
    [ "$2" = "$3" ]
    check_say $? "$1"
}
check_done() {
    echo "$checks_run checks, $checks_failed failed"
    [ "$checks_failed" = 0 ] && [ "$checks_run" -gt 0 ]
}
