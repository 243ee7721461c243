# Sekisho's only entry point. It needs Go, git and make on Linux:
#
#	make -f xcaddy.mk run        build the gateway and try it out
#	make -f xcaddy.mk test       everything the tests need, and all tests
#	make -f xcaddy.mk help       the rest

# Caddy and fosite build together only with these tags; they take nothing from
# the gateway but some databases of Caddy's own certificate authority.
export GOFLAGS := -tags=nobadger,nomysql,nopgx

# Foreign Caddy modules to build in: PLUGINS="github.com/x/y@v1.2.3 github.com/a/b"
PLUGINS ?=
# Which Go benchmarks to run.
BENCH ?= .
# The benchmark that compares: how often each side is asked and for how many
# seconds, which subjects alone (ONLY=echo,start), and SMALL=1 to see that it runs.
ROUNDS ?= 5
EACH ?= 3
ONLY ?=
SMALL ?=
# How many seconds all fuzz tests share: 240 in CI, FUZZTIME=7200 in a night. What
# they find worth keeping stays in Go's build cache and is where they begin the next
# time, so that a nightly machine keeps that; fuzz-keep takes the smallest of it
# into the repository.
FUZZTIME ?= 240
# How long the torture lasts on servers, which parts of it alone (PARTS=servers),
# and how many reloads come after it.
MINUTES ?= 30
PARTS ?=
SEED ?=
RELOADS ?= 100

# Where govulncheck has its data from: a copy of it, as file:///…, where the Go
# project's own cannot be reached.
VULNDB ?=

GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

CADDY   := $(shell awk '$$1 == "github.com/caddyserver/caddy/v2" { print $$2 }' go.mod)
SOURCES := go.mod go.sum $(shell find backends caddymodules -name testdata -prune -o -type f ! -name '*_test.go' -print)

# The race detector watches our code, not what only computes: C turned into Go,
# hashing, pictures, and clients of a gateway that is another process. That was half
# of what the tests cost.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false \
	-gcflags=golang.org/x/crypto/argon2=-race=false \
	-gcflags=sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest=-race=false \
	-gcflags=image/...=-race=false -gcflags=sekisho/deploy/acceptance=-race=false

WITHSERVERS := go run ./caddymodules/stores/storetest/servers/withservers --

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help run build test torture bench gobench fuzz fuzz-in-turn fuzz-keep lint clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make -f xcaddy.mk %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: sekisho ## build, then run on the embedded default with the demo data; Ctrl-C stops
	@export SEKISHO_DEMO="$${SEKISHO_DEMO-1}"
	listen="$${SEKISHO_LISTEN:-localhost}" port="$${SEKISHO_HTTP_PORT:-8080}" metrics="$${SEKISHO_METRICS:-localhost:9180}"
	crm="$${SEKISHO_BIND:-localhost}"
	case "$$listen" in 127.0.0.1|0.0.0.0|::|'[::]') listen=localhost ;; esac
	case "$$crm" in 127.0.0.1|0.0.0.0|::|'[::]') crm=localhost ;; esac
	running() { kill -0 $$$$; }  # once the gateway has taken this shell's place
	ready() {
		exec 3<>"/dev/tcp/$${metrics%:*}/$${metrics##*:}" || return
		printf 'GET /healthz/ready HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$$metrics" >&3
		grep -q '^HTTP/1.1 200' <&3
	}
	(
		until ready || ! running; do sleep 0.2; done 2>/dev/null
		running 2>/dev/null || exit 0
		printf '%s\n' '' \
			"Sekisho listens on http://$$listen:$$port, its metrics are on http://$$metrics/metrics;" \
			"http://$$listen:$$port/docs/ documents the APIs, http://$$listen:$$port/fit/ is the dress-up site." \
			'In another terminal:' '' \
			"  curl 'http://$$listen:$$port/api/v2/cloaks/search?tg=%E6%B5%B7'" \
			"  curl 'http://$$listen:$$port/user/list?sid=3&key=00000000'" \
			"  curl 'http://$$listen:$$port/avatar/v1/Coords?key=demo-api-key'" \
			"  curl 'http://$$crm:$${SEKISHO_CRM_PORT:-8085}/cv.net_adi-mo/isql/api/Auth.aspx?login_id=demo&password=demo1234'" \
			"  curl 'http://$$listen:$$port/ydits-api/ydits-account/auth.php?step=1' -d '{\"mail\":\"example@example.com\",\"pass\":\"example_a\"}'" ''
	) &
	exec ./sekisho run --config Caddyfile

build: sekisho ## the gateway as ./sekisho; PLUGINS="github.com/x/y@v1.2.3" adds Caddy modules
sekisho: $(SOURCES) .tools/plugins
	@echo 'Building ./sekisho; the first time takes some minutes. The log is .tools/build.log.'
	go tool xcaddy build $(CADDY) --output $@ --replace sekisho=. --with sekisho/caddymodules --with sekisho/backends \
		$(addprefix --with ,$(PLUGINS)) >.tools/build.log 2>&1 || { cat .tools/build.log; exit 1; }

# Another list of PLUGINS means another gateway.
.tools/plugins: FORCE
	@mkdir -p .tools
	echo '$(PLUGINS)' | cmp -s - $@ || echo '$(PLUGINS)' >$@

test: sekisho ## every test, on the embedded stores and on private servers, with the race detector
	@.ci/needs
	# The packages that take longest begin first; vetting is lint's.
	CGO_ENABLED=1 SEKISHO_BINARY=$(CURDIR)/sekisho $(WITHSERVERS) go test -race $(UNWATCHED) -vet=off -timeout 30m ./deploy/... ./...
	# A module of its own, with the types that the files under deploy/ are held to.
	SEKISHO_BINARY=$(CURDIR)/sekisho go -C deploy/strict test ./...

torture: sekisho ## clients of all five APIs while everything fails, for MINUTES=30; then 100 reloads. SEED= of a report repeats it
	@.ci/needs
	go build -o .tools/torture ./deploy/torture
	.tools/torture -minutes $(MINUTES) -only '$(PARTS)' $(if $(SEED),-seed $(SEED)) -out .tools/torture.md
	SEKISHO_BINARY=$(CURDIR)/sekisho SEKISHO_RELOADS=$(RELOADS) $(WITHSERVERS) go test -run TestReloadsUnderLoad -count=1 -v -timeout 60m ./deploy/acceptance

bench: sekisho ## the benchmark that compares, into deploy/bench/latest.md; ONLY=echo,start measures some and only prints
	@.ci/needs bench
	go build -o .tools/bench ./deploy/bench
	keep='$(if $(ONLY)$(SMALL),,-out deploy/bench/latest.md)'
	SEKISHO_BINARY=$(CURDIR)/sekisho .tools/bench -rounds $(ROUNDS) -seconds $(EACH) -only '$(ONLY)' $(if $(SMALL),-small) $$keep

gobench: sekisho ## the Go benchmarks of single parts, to be read with benchstat; BENCH=List runs some
	@.ci/needs
	SEKISHO_BINARY=$(CURDIR)/sekisho $(WITHSERVERS) go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m ./...

fuzz: ## the fuzz tests of all decoders, together for FUZZTIME seconds (240; FUZZTIME=7200 in a night), at least 8 each
	@.ci/needs
	$(WITHSERVERS) $(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) fuzz-in-turn

fuzz-in-turn:
	@mapfile -t tests < <(grep -rEo --include='*_test.go' '^func Fuzz\w+' backends caddymodules)
	[ $${#tests[@]} -gt 0 ] || { echo 'there is no fuzz test'; exit 1; }
	mkdir -p .tools
	each=$$(($(FUZZTIME) / $${#tests[@]}))
	[ $$each -ge 8 ] || each=8
	for test in "$${tests[@]}"; do
		folder="$$(dirname "$${test%%:*}")" name="$${test##* }"
		echo "$$name in ./$$folder for $$each seconds"
		fuzz() { go test -run '^$$' -fuzz "^$$name\$$" -fuzztime "$${each}s" -fuzzminimizetime 10x "./$$folder" 2>&1 | tee .tools/fuzz.log; }
		for try in 1 2 3; do
			if fuzz; then continue 2; fi
			# Go's own fuzzing sometimes fails over its time being up, and over nothing else.
			if ! grep -q 'context deadline exceeded' .tools/fuzz.log || grep -q 'Failing input' .tools/fuzz.log; then exit 1; fi
		done
		exit 1
	done

# The smallest 20 inputs of each test that led somewhere new, of at most 1 KiB: from
# then on every test run tries them, and every fuzzing begins with them.
fuzz-keep: ## take what fuzzing found worth keeping into testdata/fuzz
	@cache="$$(go env GOCACHE)/fuzz/sekisho"
	grep -rEo --include='*_test.go' '^func Fuzz\w+' backends caddymodules | while IFS=: read -r file test; do
		folder="$$(dirname "$$file")" name="$${test##* }"
		[ -d "$$cache/$$folder/$$name" ] || continue
		mkdir -p "$$folder/testdata/fuzz/$$name"
		find "$$cache/$$folder/$$name" -type f -size -1025c -printf '%s %p\n' | sort -n | awk 'NR <= 20 { print $$2 }' |
			xargs -r cp -t "$$folder/testdata/fuzz/$$name"
		rmdir --ignore-fail-on-non-empty "$$folder/testdata/fuzz/$$name"
	done

lint: sekisho ## gofumpt, vet, staticcheck, Caddyfiles, the binary's dependencies, known vulnerabilities
	@echo 'gofumpt, vet, staticcheck'
	unformatted="$$(go run $(GOFUMPT) -l .)"
	[ -z "$$unformatted" ] || { echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go -C deploy/strict vet ./...

	echo 'Caddyfiles'
	find . -name .git -prune -o -name 'Caddyfile*' -type f -print | while read -r file; do
		diff -u --label "$$file" --label "$$file as sekisho fmt has it" "$$file" <(./sekisho fmt "$$file" 2>/dev/null)
	done
	data="$$(mktemp -d)"
	trap 'rm -rf "$$data"' EXIT
	SEKISHO_DATA="$$data" ./sekisho validate --config Caddyfile >"$$data/log" 2>&1 || { cat "$$data/log"; exit 1; }

	echo 'versions in the binary'
	if [ -z '$(PLUGINS)' ]; then
		go version -m sekisho | awk '
			FILENAME == "go.mod" { required[$$1 " " $$2] = 1; next }
			$$1 == "dep" && $$2 != "sekisho" && !required[$$2 " " $$3] { print $$2, $$3, "is not what go.mod says"; bad = 1 }
			END { exit bad }' go.mod -
	fi

	echo 'known vulnerabilities'
	go run $(GOVULNCHECK) $(if $(VULNDB),-db $(VULNDB)) ./... >"$$data/vulnerabilities" 2>&1 || {
		if grep -q 'fetching vulnerabilities' "$$data/vulnerabilities"; then
			echo 'govulncheck cannot reach its data from here: known vulnerabilities were not checked.'
		else
			cat "$$data/vulnerabilities"; exit 1
		fi
	}

clean: ## remove what was built; ./data stays
	rm -rf sekisho .tools
