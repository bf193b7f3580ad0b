#!/bin/sh
# Install the system packages that are missing: system.sh [python] [database] [browser] [pooler]. Existing database clusters are left alone.
set -eu

missing=""
optional=""
server_comes=""

python_need() {
    python=$(sh .ci/steps/find_python.sh) || {
        missing="$missing python3 python3-venv"
        return
    }
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$("$python" -c 'import sys; print(sys.executable)')" = /usr/bin/python3 ]; then
            missing="$missing python3-venv"
        else
            missing="$missing $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        fi
    fi
}

database_need() {
    newest=""
    for initdb in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$initdb" ] || continue
        newest=$(echo "$initdb" | cut -d/ -f5)
        [ ! -e "/usr/share/postgresql/$newest/extension/postgis.control" ] || return 0
    done
    if [ -n "$newest" ]; then
        missing="$missing postgresql-$newest-postgis-3"
    else
        missing="$missing postgresql postgresql-postgis"
        server_comes=yes
    fi
}

browser_need() {
    if ! command -v chromium-headless-shell >/dev/null && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
        # The one without a window is smaller and quicker; Debian has it, others have not.
        if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
            missing="$missing chromium-headless-shell"
        else
            missing="$missing chromium"
        fi
    fi
    if ! fc-list :lang=zh 2>/dev/null | grep -q .; then
        missing="$missing fonts-noto-cjk"
    fi
}

# Only tests need it: who may not install it goes on without them.
pooler_need() {
    command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || optional=" pgbouncer"
}

left_out() {
    echo "    left out, its tests are skipped:$optional"
}

# cannot WORDS: say why nothing can be installed, and leave.
cannot() {
    if [ -z "$missing" ]; then
        left_out
        exit 0
    fi
    echo "$1" >&2
    exit 1
}

# Debian would start a pooler for everybody as soon as it is installed; tests start their own.
forbid_main_pooler() {
    unit=/etc/systemd/system/pgbouncer.service
    [ ! -d /etc/systemd/system ] || [ -e $unit ] || $as_root ln -s /dev/null $unit
}

# Debian would start a cluster of its own on port 5432 when the server package comes; ours is private, so that one is not made.
forbid_main_cluster() {
    folder=/etc/postgresql-common
    $as_root mkdir -p $folder/createcluster.d
    printf '%s\n' "# Written by gridmgmt: its database is private; delete this file to get Debian's main cluster again." \
        "create_main_cluster = false" | $as_root tee $folder/createcluster.d/gridmgmt.conf >/dev/null
    if [ -e $folder/createcluster.conf ] && ! grep -q "^include_dir.*createcluster.d" $folder/createcluster.conf; then
        echo "create_main_cluster = false" | $as_root tee -a $folder/createcluster.conf >/dev/null
    fi
}

for need in "$@"; do
    "${need}_need"
done
if [ -z "$missing$optional" ]; then
    echo "    nothing is missing"
    exit 0
fi
echo "    missing:$missing$optional"
if ! command -v apt-get >/dev/null; then
    cannot "This is neither Debian nor Ubuntu: install what corresponds to$missing with your package manager."
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root="sudo"
else
    cannot "You are neither root nor allowed to use sudo: ask an administrator for 'apt-get install$missing' (with create_main_cluster = false in /etc/postgresql-common/createcluster.conf)."
fi
mkdir -p var
log=var/apt.log

# install PACKAGES...: its output goes to the log.
install() {
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@"
} </dev/null >>$log 2>&1

echo "    installing (a few minutes; $log tells more)"
: >$log
[ -z "$server_comes" ] || forbid_main_cluster
# shellcheck disable=SC2086 # a list of packages
if [ -n "$missing" ] && ! install $missing; then
    tail -20 $log >&2
    exit 1
fi
if [ -n "$optional" ]; then
    forbid_main_pooler
    # shellcheck disable=SC2086 # a list of packages
    install $optional || left_out
fi
