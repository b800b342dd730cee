#!/bin/sh
# What 'docker compose up' needs on this host before its first start: folders, secrets, and who runs the studio.
#
#   deploy/prepare.sh [FOLDER]        FOLDER is ./studio unless named; safe to run again: nothing is overwritten
#
# The folders belong to whoever runs this (root: to user 1000), and so do the processes in the containers.
set -eu
cd "$(dirname "$0")/.."
studio=${1:-./studio}
case $studio in /* | ./*) ;; *) studio=./$studio ;; esac
uid=${PUID:-$(id -u)} gid=${PGID:-$(id -g)}
[ "$uid" != 0 ] || { uid=1000 gid=1000; }

mkdir -p "$studio/inbox" "$studio/library" "$studio/audiobookshelf/config" "$studio/audiobookshelf/metadata"
mkdir -p -m 700 "$studio/backups"
# Containers read these files as users of their own, so the files are readable for all; the folder, which only its
# owner can enter, keeps everybody else on this host away from them.
mkdir -p -m 700 "$studio/secrets"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
secret() { # NAME VALUE
    [ -e "$studio/secrets/$1" ] || { (umask 077; printf %s "$2" >"$studio/secrets/$1.new"); \
        chmod 444 "$studio/secrets/$1.new"; mv "$studio/secrets/$1.new" "$studio/secrets/$1"; }
}

secret redis_password "$(random)"
secret postgres_password "$(random)"
secret flower_password "$(random)"
secret metrics_password "$(random)"
secret grafana_password "$(random)"

if [ "$(id -u)" = 0 ]; then
    chown "$uid:$gid" "$studio" "$studio/inbox" "$studio/library" "$studio/backups"
    chown -R "$uid:$gid" "$studio/audiobookshelf"
fi

dotenv=${DOTENV:-.env}
if [ ! -e "$dotenv" ]; then
    printf 'STUDIO=%s\nPUID=%s\nPGID=%s\n' "$studio" "$uid" "$gid" >"$dotenv"
    echo "Wrote $dotenv: the studio's folder, and the user and group that it runs as."
fi
echo "The studio is $studio: drop sources into $studio/inbox, audiobooks come out in $studio/library."
echo "Flower: user voxpress, password in $studio/secrets/flower_password"
