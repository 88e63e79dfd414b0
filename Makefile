# Yingguang 萤光. `make` alone lists what there is; `make run` is all a new user needs.
# Nothing here needs more than Go, Node and git; what tests need besides, scripts/setup.sh installs or names.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The machine's own settings must not reach the build: the same commit gives the same binary.
export GOFLAGS := -mod=readonly
export GOWORK := off

BINARY := bin/yingguang
VERSION := $(shell git describe --tags --match 'v*' --dirty 2>/dev/null || echo 0.1.0-dev)
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# What the binary is made of. Folders are in it too, so that a deleted file counts.
SOURCES := $(shell find alerts app clock cmd configs device ingest journal ledger registry series simulator web \
	-path web/ui/node_modules -prune -o -path web/ui/dist -prune -o -path '*/testdata' -prune -o -path web/ui/src -prune -o -path web/ui/e2e -prune \
	-o ! -name '*_test.go' \( -type d -o -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name '*.csv' -o -name '*.html' \) -print 2>/dev/null)
PAGES := web/ui/dist/index.html
PAGE_SOURCES := $(shell find web/ui/src web/ui/public web/ui/index.html web/ui/*.config.* web/ui/tsconfig*.json web/openapi.yaml 2>/dev/null)

##@ Using it

.PHONY: help
help: ## list what make can do
	@printf '萤光 Yingguang %s\n\n  make run    sets everything up and starts the demo\n' '$(VERSION)'
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: ## set up what is missing, then run the whole system with its demo (Ctrl-C stops it)
	@$(MAKE) --no-print-directory -j2 influxd build
	@exec $(BINARY) run

.PHONY: build
build: $(BINARY) ## build bin/yingguang, pages included

.PHONY: ui
ui: $(PAGES) ## build the pages (web/ui/dist)

.PHONY: influxd
influxd: need-go ## build InfluxDB 1.8.10 once into the user's cache
	@scripts/influxd1.sh >/dev/null

.PHONY: influxd2
influxd2: need-go ## build InfluxDB 2.7.12 there, for tests (needs Rust)
	@scripts/influxd2.sh >/dev/null

##@ Working on it

.PHONY: test
test: ## set up what tests need, then lint and run every test
	@scripts/test.sh

.PHONY: lint
lint: need-go ## format check, vet and golangci-lint
	@scripts/lint.sh

.PHONY: fuzz
fuzz: need-go ## every fuzz target for FUZZTIME each (5s)
	@scripts/fuzz.sh

.PHONY: bench
bench: need-go ## all benchmarks; compare two runs with benchstat
	go test -run '^$$' -bench . -benchmem $(BENCH_ARGS) ./...

.PHONY: bench-ingest
bench-ingest: need-go influxd ## from broker to InfluxDB beside its ceilings and Telegraf; ends with one line of JSON (some 10 minutes)
	@go run ./tools/benchingest $(BENCH_INGEST_ARGS)

.PHONY: bench-storm
bench-storm: need-go ## 1,000 lamps back at once, 15,000 idle ones, on loopback; ends with one line of JSON; exit 1 where a limit is missed (a minute)
	@go run ./tools/benchstorm $(BENCH_STORM_ARGS)

.PHONY: score-other
score-other: need-go ## a second town by other physics, judged; writes docs/second-town.md; one line of JSON
	@go run ./tools/otherworld -score

.PHONY: smoke
smoke: need-go need-node ## a fresh clone in an empty HOME: run, check, kill, restart; ends with one line of JSON
	@go run ./tools/smoke

.PHONY: chaos
chaos: need-go influxd build ## 10 minutes of kills, cuts, full disks: nothing lost, nothing double? CHAOS_TIME=, CHAOS_RATE=, CHAOS_SEED=, CHAOS_REPORT=docs/ingest.md
	@go run ./tools/chaos -time $(or $(CHAOS_TIME),10m) -rate $(or $(CHAOS_RATE),1000) -seed $(or $(CHAOS_SEED),0) -report '$(CHAOS_REPORT)'

.PHONY: chaos-short
chaos-short: need-go influxd build ## the same for half a minute, as the tests run it
	@go run ./tools/chaos -time 30s -rate 200 -pause 1s -seed $(or $(CHAOS_SEED),0)

.PHONY: score
score: need-go ## how good the diagnosis is, on seeds it was not tuned on; writes docs/diagnosis.md, ends with one line of JSON
	@go run ./tools/score -page docs/diagnosis.md $(SCORE_ARGS)

.PHONY: clean
clean: ## remove what was built here; data/ and the user's cache stay
	rm -rf bin .cache web/ui/node_modules
	find web/ui/dist -mindepth 1 ! -name .gitkeep -delete

# ---- how

# go build is skipped where nothing changed: asking it would cost a second at each start.
$(BINARY): $(SOURCES) $(PAGES) go.mod go.sum .cache/version | need-go
	@echo "yingguang $(VERSION): building it; the first time this takes a minute or two"
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $@ ./cmd/yingguang 2>.cache/build.log || \
		{ grep -v '^go: downloading' .cache/build.log >&2; exit 1; }
	@touch $@

# Rewritten only when it says something else, so that a new commit or another Go builds anew.
.PHONY: FORCE
.cache/version: FORCE
	@mkdir -p .cache
	@now='$(LDFLAGS) '"$$(go env GOVERSION GOOS GOARCH 2>/dev/null | tr '\n' ' ')"; \
	[ "$$now" = "$$(cat $@ 2>/dev/null)" ] || printf '%s\n' "$$now" >$@

# vite empties dist; .gitkeep lets a clone without pages compile.
$(PAGES): web/ui/node_modules/.package-lock.json $(PAGE_SOURCES)
	@echo "pages: building them"
	@cd web/ui && npm run --silent build -- --logLevel warn
	@touch $@ web/ui/dist/.gitkeep

web/ui/node_modules/.package-lock.json: web/ui/package.json web/ui/package-lock.json | need-node
	@echo "pages: fetching what they are built with"
	@cd web/ui && npm ci --silent --no-audit --no-fund --prefer-offline
	@touch $@

.PHONY: need-go need-node
need-go:
	@command -v go >/dev/null 2>&1 || { echo "Go is missing (1.26 or later; 1.21 and later fetch it themselves): https://go.dev/dl, or on Debian: apt-get install golang-go" >&2; exit 1; }

need-node:
	@command -v npm >/dev/null 2>&1 || { echo "Node is missing (20.19 or later, with npm): https://nodejs.org, or on Debian: apt-get install nodejs npm" >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || { echo "Node $$(node --version) is too old: 20.19 or later is needed, https://nodejs.org" >&2; exit 1; }
