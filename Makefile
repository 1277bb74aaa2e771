# Workbench: one command builds it, one command tests it.
#
#   make run     build the binary and open the workbench: it prints a link for the browser
#   make test    every test, the race detector and the linter; ends with "N passed, N failed"
#
# Needed on the machine: Go, a C compiler, Python 3 with pip, Node.js 20 with npm. Everything else is fetched, pinned by
# hash, into folders that git ignores; a second build works offline.

ifneq ($(shell uname -s) $(shell uname -m),Linux x86_64)
$(error Workbench builds on Linux x86-64 so far, and this is $(shell uname -s) $(shell uname -m))
endif

GO       ?= go
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X workbench/ui/cli.release=$(VERSION)

# The linter is built once, through the module proxy, which takes two to four minutes.
LINT_VERSION := v2.15.0
LINT         := build/bin/golangci-lint-$(LINT_VERSION)

# Packages in which several goroutines meet; the race detector makes the rest only slow.
RACE = $(wildcard embed embed/check engine/generate engine/runs engine/ort storage storage/dataset tasks/assign tasks/flow tasks/people tasks/quality tasks/script ui/cli ui/web)

# Where tests of packages below ui/cli, which may not import embed, find what was fetched.
FETCHED = WORKBENCH_ORT="$$(ls -d $(CURDIR)/embed/runtime/libonnxruntime.so.*[0-9])" \
          WORKBENCH_MODEL="$$(ls -d $(CURDIR)/embed/model/*.gguf)" \
          WORKBENCH_OPENAI="$(CURDIR)/build/openai"

export CGO_ENABLED = 1

# Installed by npm ci, which writes this file.
APP_PACKAGES := ui/app/node_modules/.package-lock.json

.PHONY: build run fetch app chromium test quick soak fuzz lint format notice reward pictures bench bench-peers clean
.DEFAULT_GOAL := build

build: fetch app
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o workbench .

run: build
	./workbench serve

# Wheels are downloaded once; what is in place is left alone.
fetch: $(APP_PACKAGES)
	@$(GO) run ./embed/pack

# The page. Its packages are installed when the lock file is newer than what is there; the bundle takes
# a blink, so it is always made, and is the same to the byte while nothing changed.
app: $(APP_PACKAGES)
	@cd ui/app && node build.mjs

$(APP_PACKAGES): ui/app/package-lock.json
	@command -v npm >/dev/null || { echo "the page needs Node.js 20 and npm: see README.md, What it needs" >&2; exit 1; }
	cd ui/app && npm ci --prefer-offline --no-audit --no-fund
	@touch $@

# The browser that tests click through the page with: Debian's, installed where that is allowed.
CHROMIUM ?= $(or $(WORKBENCH_CHROMIUM),/usr/bin/chromium)
chromium:
	@test -x $(CHROMIUM) || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		echo "install Chromium (once)" && apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
		{ echo "tests click through the page in Chromium, and there is none at $(CHROMIUM): install the package chromium, or name a browser with WORKBENCH_CHROMIUM" >&2; exit 1; }

# OpenAI's client for Python, with which tests speak to the API. Pip checks the hashes; nothing else is installed.
OPENAI_CLIENT := build/openai/.pinned
$(OPENAI_CLIENT): ui/cli/testdata/openai/requirements.txt
	@echo "fetch OpenAI's client (once)"
	@rm -rf build/openai
	@python3 -m pip install -q --disable-pip-version-check --no-warn-script-location --root-user-action ignore --require-hashes --no-deps \
		--only-binary :all: --target build/openai -r $< || \
		{ echo "tests speak to the API with OpenAI's client, and pip can't fetch it: they need Python 3.11 to 3.14 with pip and a package index; see $<" >&2; exit 1; }
	@touch $@

test: fetch app chromium $(OPENAI_CLIENT) $(LINT)
	@$(FETCHED) $(GO) run ./embed/check \
		"vet: $(GO) vet ./..." \
		"lint: $(LINT) run" \
		"types: cd ui/app && node_modules/.bin/tsc --noEmit" \
		"page: cd ui/app && node test/run.mjs --json" \
		"browser: cd ui/app && node test/run.mjs --browser --json" \
		"test: $(GO) test -json -timeout 35m ./..." \
		"race: $(GO) test -json -short -race -timeout 15m $(addprefix ./,$(RACE))"

# Without the linter, the race detector and the tests that call themselves long: under five minutes.
quick: fetch app $(OPENAI_CLIENT)
	@$(FETCHED) $(GO) run ./embed/check \
		"vet: $(GO) vet ./..." \
		"types: cd ui/app && node_modules/.bin/tsc --noEmit" \
		"page: cd ui/app && node test/run.mjs --json" \
		"test: $(GO) test -json -short -timeout 5m ./..."

# Everything under the race detector, then every fuzz target for FUZZTIME. For nights.
FUZZTIME ?= 5m
soak: fetch app chromium $(OPENAI_CLIENT)
	@$(FETCHED) $(GO) run ./embed/check \
		"kills: WORKBENCH_KILLS=20 $(GO) test -json -count=1 -timeout 1h -run '^(TestServerKilled|TestPowerLoss)$$' ./ui/cli ./storage" \
		"stories: WORKBENCH_PAIRS=40 $(GO) test -json -count=1 -timeout 1h -run '^TestStories$$' ./ui/cli" \
		"race: $(GO) test -json -race -timeout 4h ./..." \
		"fuzz: $(MAKE) --no-print-directory fuzz"

fuzz:
	@grep -rnoE --include=*_test.go --exclude-dir=node_modules '^func Fuzz\w+' embed engine models storage tasks ui | while IFS=: read -r file _ found; do \
		echo "$$file $${found#func }"; \
		$(GO) test -run '^$$' -fuzz "^$${found#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$(dirname "$$file")" || exit 1; \
	done

bench: fetch
	@$(FETCHED) $(GO) test -run '^$$' -bench . -benchmem ./...

# The reward model that the binary carries, from people's comparisons, with its card, its page and its curve: some
# forty minutes on two cores. The next build carries it.
PREFERENCES   ?= ../shared/data/preferences
REWARD_DATA   := build/reward
REWARD_PAIRS  := convincingness_pairs pandalm_human oasst_rankings
comma         := ,
space         := $(subst ,, )
REWARD_PARAMS := -p pairs=$(subst $(space),$(comma),$(REWARD_PAIRS:%=$(PREFERENCES)/%.jsonl.gz)) \
                 -p arguments=$(PREFERENCES)/convincingness_arguments.jsonl.gz -p held_out=0.25 -p max_tokens=160 -p rank=4 -p epochs=3
reward: build
	./workbench run reward --name shipped --data $(REWARD_DATA) $(REWARD_PARAMS)
	./workbench runs show last --data $(REWARD_DATA) --json > $(REWARD_DATA)/run.json
	./workbench runs plot last loss accuracy --data $(REWARD_DATA) --smooth 20 --title "The carried reward model" --out docs/reward-model.svg
	python3 docs/reward_card.py $(REWARD_DATA)/run.json $(REWARD_DATA) embed/reward docs/reward-model.md

# Beside other programs, on this machine, in one run: an hour or so, most of it theirs.
bench-peers: build
	docs/bench-peers.sh $(ROUNDS)

# The pictures of the README, from a day of work and the loop in the browser.
pictures: build chromium
	rm -rf docs/pictures
	node ui/app/test/day.mjs ./workbench docs/pictures
	node ui/app/test/loop.mjs ./workbench docs/pictures

lint: $(LINT)
	$(LINT) run

format: $(LINT)
	$(LINT) fmt

# NOTICE names the licences of what is linked; a test fails when it no longer does.
notice: $(APP_PACKAGES)
	$(GO) run ./embed/pack -notice NOTICE

$(LINT):
	@echo "build the linter (once)"
	@GOBIN=$(CURDIR)/build/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv build/bin/golangci-lint $@

clean:
	rm -rf build workbench
	git clean -fdXq embed ui/app
