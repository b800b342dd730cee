#!/bin/sh
# PostgreSQL for the catalog, as its own user and without a capability from the first instruction on.
#
# The first start makes the database in a folder aside and renames it, so that one which was interrupted begins anew.
# The folder's name says no release: a newer PostgreSQL refuses it loudly (docs/operations.md, "Upgrades").
set -eu
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
umask 077

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    password=$(cat /run/secrets/postgres_password)
    case $password in
        '' | *[!0-9A-Za-z]*) echo "The secret postgres_password must be letters and digits only." >&2; exit 1 ;;
    esac
    new=$PGDATA.new
    rm -rf "$new"
    initdb --pgdata="$new" --username=postgres --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    echo 'host voxpress voxpress all scram-sha-256' >>"$new/pg_hba.conf"
    postgres --single -D "$new" postgres >/dev/null <<END
CREATE ROLE voxpress LOGIN PASSWORD '$password'
CREATE DATABASE voxpress OWNER voxpress
END
    mv "$new" "$PGDATA"
fi

exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
