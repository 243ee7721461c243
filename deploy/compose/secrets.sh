#!/usr/bin/env bash
# Makes what compose.yaml needs and no repository may hold: secrets/, with a file
# for each password, and .env. What is there already stays as it is.
#
# Keep secrets/sekisho_secret somewhere safe as well: without it nothing that is
# sealed opens again.
set -euo pipefail
cd "$(dirname "$0")"

[ -e .env ] || cp .env.example .env
if [ -e secrets ]; then
	echo 'secrets/ is there already.'
	exit 0
fi

word() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
postgres=$(word) redis=$(word) key=$(word) secret=$(word)

# Nobody else on this machine gets into the folder. The files in it are for the
# containers' own users, whose numbers this machine does not know.
making=$(mktemp -d ./.secrets.XXXXXX)
trap 'rm -rf "$making"' EXIT
keep() { printf '%s\n' "$2" >"$making/$1"; }
keep sekisho_secret "$(word)"
keep sekisho_database "postgres://sekisho:$postgres@postgres/sekisho?sslmode=disable"
keep sekisho_sessions "redis://:$redis@redis:6379/0"
keep s3_access_key "${key:0:20}"
keep s3_secret_key "$secret"
keep postgres_password "$postgres"
keep redis_password.conf "requirepass $redis"
keep grafana_password "$(word)"
chmod 0444 "$making"/*
mv -T "$making" secrets
trap - EXIT
echo 'Made secrets/. Grafana: user admin, password in secrets/grafana_password.'
