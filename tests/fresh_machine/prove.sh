#!/usr/bin/env bash
# Proves on two fresh minimal Debian 12 machines (debootstrap, chroot) that the README's `make demo`
# works: as root, who gets Pango installed, and as an ordinary user, who gets told the one command.
#
#     sudo tests/fresh_machine/prove.sh            # the committed state of this repository
#     sudo WORKTREE=1 tests/fresh_machine/prove.sh # with what is not committed yet
#
# Needs root, debootstrap, git and the network; about 5 minutes and 3 GB below PLACE. Variables:
#   PLACE     where the machines are made                 (/var/tmp/employer-portal-fresh)
#   MIRROR    Debian mirror for debootstrap and apt       (debootstrap's own default)
#   CARRY     files of this host that the machines need   ("/etc/resolv.conf /etc/pip.conf ...")
#   MACHINES  who                                         ("root ordinary")
# Proxy and PIP_ variables of the environment are carried over. The machines stay for a look; the next
# run removes them.
set -euo pipefail

PLACE=${PLACE:-/var/tmp/employer-portal-fresh}
CARRY=${CARRY:-/etc/resolv.conf /etc/hosts /etc/pip.conf /etc/apt/apt.conf /etc/ssl/certs/ca-certificates.crt}
MACHINES=${MACHINES:-root ordinary}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(git -C "$HERE" rev-parse --show-toplevel)
BASE=$PLACE/debian-12.tar

fail() { echo "$1" >&2; exit 1; }
[[ $(id -u) == 0 ]] || fail "Run this as root: sudo $0"
command -v debootstrap > /dev/null || fail "Install debootstrap first: apt-get install debootstrap"

make_base() { # a minimal Debian with what the README asks for, and nothing else
    [[ -f $BASE ]] && return
    echo "Making a minimal Debian 12 ..."
    mkdir -p "$PLACE"
    rm -rf "$PLACE/base"
    debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates \
        bookworm "$PLACE/base" ${MIRROR:+"$MIRROR"} > "$PLACE/debootstrap.log" 2>&1 ||
        fail "debootstrap failed, see $PLACE/debootstrap.log"
    rm -f "$PLACE"/base/var/cache/apt/archives/*.deb
    tar -C "$PLACE/base" -cf "$BASE.new" . && mv "$BASE.new" "$BASE"
    rm -rf "$PLACE/base"
}

pack_repository() { # as a git repository, to be cloned inside
    rm -rf "$PLACE/source" "$PLACE/source.bundle"
    git -c advice.detachedHead=false clone --quiet --no-hardlinks "$REPOSITORY" "$PLACE/source"
    if [[ -n ${WORKTREE:-} ]]; then
        (cd "$REPOSITORY" && git ls-files -z --cached --others --exclude-standard |
            tar --null --ignore-failed-read -T - -cf -) | tar -C "$PLACE/source" -xf -
        git -C "$PLACE/source" add -A
        git -C "$PLACE/source" -c user.name=prove -c user.email=prove@localhost \
            commit --quiet --allow-empty -m "What is not committed yet"
    fi
    git -C "$PLACE/source" bundle create --quiet "$PLACE/source.bundle" HEAD
}

make_machine() { # $1: directory
    rm -rf "$1"
    mkdir -p "$1"
    tar -C "$1" -xf "$BASE"
    for file in $CARRY; do
        [[ -e $file ]] && install -D -m 644 "$file" "$1$file"
    done
    chroot "$1" useradd --create-home ordinary
    install -m 644 "$HERE/story.py" "$PLACE/source.bundle" "$1/opt/"
}

carried_environment() {
    env | grep -E '^(PIP_[A-Z_]*|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)=' || true
}

run_story() { # $1: directory, $2: who; in process and mount namespaces of its own
    local carried
    mapfile -t carried < <(carried_environment)
    # shellcheck disable=SC2016  # the inner shell expands them
    unshare --mount --pid --fork --kill-child bash -c '
        set -e
        mount --make-rprivate /
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        machine=$1; who=$2; shift 2
        exec chroot "$machine" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@" \
            python3 /opt/story.py "$who" 2>&1
    ' bash "$1" "$2" "${carried[@]}"
}

make_base
pack_repository
code=0
for who in $MACHINES; do
    make_machine "$PLACE/$who"
    run_story "$PLACE/$who" "$who" | tee "$PLACE/$who.log" || code=1
done
echo
echo "Summary (full output: $PLACE/*.log)"
for who in $MACHINES; do
    grep '^RESULT ' "$PLACE/$who.log" | sed 's/^RESULT /  /' || true
done
[[ $code == 0 ]] || fail "Not proven."
echo "Proven."
