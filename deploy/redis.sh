#!/bin/sh
# Redis as the studio needs it. Its password comes from a file and goes in through standard input: arguments can be
# read by everybody on the host. Why there is a log, and no eviction: docs/architecture.md, "Celery and Redis".
set -eu
password=$(cat /run/secrets/redis_password)
exec redis-server - <<END
bind * -::*
requirepass $password
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
END
