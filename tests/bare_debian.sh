#!/bin/sh
# Proves the two commands in a bare Debian 12 (debootstrap --variant=minbase: no Python, curl, git, sudo).
#
#   tests/bare_debian.sh [--keep] [--no-tests] [DIR]     as root; DIR is where the bare system is put
#
# Inside: ./dev up --detach, status, a quick second up, down and ./dev test --quick as root, then the same
# as an ordinary user who finds the packages in place. The mirror, proxies, certificates and the settings of
# pip and npm are this machine's own, read when the script runs. BARE_TAR=FILE keeps the bare system between
# runs. Everything inside runs in its own process and mount namespace and is gone when the script ends.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
suite=bookworm
keep=no
tests=yes
place=
for word in "$@"; do
    case $word in
    --keep) keep=yes ;;
    --no-tests) tests=no ;;
    *) place=$word ;;
    esac
done
[ "$(id -u)" = 0 ] || { echo "chroot needs root." >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "Install debootstrap first." >&2; exit 1; }
[ -n "$place" ] || place=$(mktemp -d /var/tmp/baoji-bare.XXXXXX)
bare=$place/root

say() { printf '\n### %s\n' "$*"; }

mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        awk -v suite=$suite '
            $1 == "deb" { for (i = 2; i < NF; i++) if ($(i + 1) == suite) { print $i; exit } }
            $1 == "URIs:" { uri = $2 }
            $1 == "Suites:" { for (i = 2; i <= NF; i++) if ($i == suite) { print uri; exit } }'
}

make_bare() {
    mkdir -p "$bare"
    if [ -n "${BARE_TAR:-}" ] && [ -f "$BARE_TAR" ]; then
        tar -C "$bare" -xf "$BARE_TAR"
        return
    fi
    source=$(mirror)
    [ -n "$source" ] || { echo "This machine's apt knows no $suite." >&2; exit 1; }
    debootstrap --variant=minbase $suite "$bare" "$source" >"$place/debootstrap.log" 2>&1 ||
        { tail -n 20 "$place/debootstrap.log" >&2; exit 1; }
    if [ -n "${BARE_TAR:-}" ]; then tar -C "$bare" -cf "$BARE_TAR" .; fi
}

# Whatever this machine needs to reach its registries, the bare one needs as well.
copy_settings() {
    cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
    for file in /etc/apt/apt.conf.d/*; do
        if grep -q Acquire "$file" 2>/dev/null; then cp "$file" "$bare/etc/apt/apt.conf.d/"; fi
    done
    for file in /etc/pip.conf /etc/npmrc; do
        if [ -f "$file" ]; then cp "$file" "$bare/etc/"; fi
    done
    if [ -d /usr/local/share/ca-certificates ]; then
        mkdir -p "$bare/usr/local/share/ca-certificates"
        cp -R /usr/local/share/ca-certificates/. "$bare/usr/local/share/ca-certificates/"
    fi
    copy_home "$bare/root"
}

copy_home() {
    mkdir -p "$1"
    if [ -f "$HOME/.npmrc" ]; then cp "$HOME/.npmrc" "$1/"; fi
    if [ -f "$HOME/.config/pip/pip.conf" ]; then
        mkdir -p "$1/.config/pip"
        cp "$HOME/.config/pip/pip.conf" "$1/.config/pip/"
    fi
}

copy_checkout() {
    mkdir -p "$1"
    (cd "$here" && tar --exclude=./.git --exclude=./.venv --exclude=./var --exclude=./build --exclude=node_modules \
        --exclude=./src/baoji/kernel/ui/static/build --exclude=__pycache__ --exclude='./.*_cache' -cf - .) |
        tar -C "$1" -xf -
}

# The variables of this machine that say how to reach the net, and nothing else.
net_variables() {
    env | grep -E '^([Hh][Tt][Tt][Pp][Ss]?_[Pp][Rr][Oo][Xx][Yy]|[Nn][Oo]_[Pp][Rr][Oo][Xx][Yy]|PIP_CERT|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_TRUSTED_HOST|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)=' |
        sed "s/'/'\\\\''/g; s/=\(.*\)/='\1'/; s/^/export /" || true
}

write_inside() {
    net_variables >"$bare/root/net"
    cat >"$bare/root/inside" <<'INSIDE'
set -eu
. /root/net
who=$1; tests=$2; dir=$3
cd "$dir"
port=8765
say() { printf '\n### %s: %s\n' "$who" "$*"; }
machine_clusters() { ls -A /etc/postgresql 2>/dev/null | while read -r v; do ls -A "/etc/postgresql/$v"; done; }

say "./dev up --detach"
./dev up --detach --port $port
say "./dev status --json"
line=$(./dev status --json | tail -n 1)
echo "$line"
case $line in *'"ready": true'*) ;; *) echo "not ready"; exit 1 ;; esac
say "a second ./dev up while it runs"
./dev up --port $port
./dev down
say "a second ./dev up --detach on the same data"
began=$(date +%s)
./dev up --detach --port $port
took=$(($(date +%s) - began))
echo "took $took s"
[ $took -lt 10 ] || { echo "that is too long"; exit 1; }
say "./dev psql, ./dev baoji"
./dev psql -- -Atc 'select current_user, postgis_lib_version()'
./dev baoji --help >/dev/null
./dev down
[ "$(machine_clusters | wc -l)" = 0 ] || { echo "a cluster of the machine was made"; exit 1; }
grep -q "the machine's own" /usr/sbin/policy-rc.d || { echo "the guard was left behind"; exit 1; }
[ ! -e /usr/sbin/policy-rc.d.before-baoji ] && [ ! -e /etc/postgresql-common/createcluster.d/zz-baoji-none.conf ] ||
    { echo "a guard was left behind"; exit 1; }
left=$(grep -la postgres /proc/[0-9]*/comm 2>/dev/null | wc -l)
[ "$left" = 0 ] || { echo "$left PostgreSQL processes were left running"; exit 1; }
if [ "$tests" = yes ]; then
    say "./dev test --quick"
    ./dev test --quick
fi
say "everything held"
INSIDE
    cat >"$bare/root/start" <<'START'
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
useradd --create-home clerk
chown -R clerk: /home/clerk
printf "#!/bin/sh\n# the machine's own\nexit 0\n" >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
echo '### clerk: ./dev up before the packages are there'
if setpriv --reuid=clerk --regid=clerk --clear-groups env HOME=/home/clerk /home/clerk/baoji/dev up >/root/refusal 2>&1
then echo "it should have stopped"; exit 1; fi
cat /root/refusal
grep -q 'apt-get install .*python3 .*postgresql-15-postgis-3' /root/refusal || exit 1
HOME=/root sh /root/inside root "$1" /srv/baoji
cp -R /root/.npmrc /root/.config /home/clerk/ 2>/dev/null || true
cp /root/inside /root/net /home/clerk/
sed -i 's#/root/net#/home/clerk/net#' /home/clerk/inside
chown -R clerk: /home/clerk
exec setpriv --reuid=clerk --regid=clerk --clear-groups env HOME=/home/clerk \
    sh /home/clerk/inside clerk "$1" /home/clerk/baoji
START
}

say "A bare $suite in $bare"
make_bare
copy_settings
copy_checkout "$bare/srv/baoji"
copy_checkout "$bare/home/clerk/baoji"
write_inside
for absent in python3 curl git sudo node psql; do
    if chroot "$bare" sh -c "command -v $absent" >/dev/null; then echo "$absent is there: not bare." >&2; exit 1; fi
done

code=0
unshare --mount --pid --fork --kill-child sh -c '
    mount --make-rprivate /
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys" 2>/dev/null || true
    chroot "$1" /usr/bin/env -i TERM="${TERM:-dumb}" /bin/sh /root/start "$2"
' inside "$bare" "$tests" || code=$?
if [ $keep = yes ] || [ $code != 0 ]; then
    say "Code $code; the bare system stays in $bare"
else
    rm -rf --one-file-system "$place"
    held="./dev up and ./dev test --quick hold"
    [ $tests = yes ] || held="./dev up holds"
    say "$held in a bare $suite, as root and as an ordinary user."
fi
exit $code
