# make demo    build, and start a seeded company to look at
# make test    everything that must hold, as the build machine runs it
# make build   bin/grantkeep, one static file
# make bench   floor, product, floor; on both databases

GO ?= go
TOOL = $(GO) tool -modfile=tools/go.mod
DIRS = $(wildcard *.go cmd internal bench test)

# On the build machine a missing PostgreSQL is a failure, not a skipped test.
ifeq ($(CI),true)
export GRANTKEEP_REQUIRE_ALL = 1
endif

.PHONY: build demo test check clients lint bench clean needs

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/grantkeep ./cmd/grantkeep

demo: build
	bin/grantkeep demo

test: needs lint check clients

# The race detector needs cgo; what we ship does not use it. The C of SQLite,
# translated to Go, is left out of it: it is not ours, and watched it takes ten
# times as long. Only that one package, though: one that makes generic code of
# the standard library, as the driver does of sync.Map, would give its
# unwatched copy to the whole program, which then reports races that are none.
FAST = '-gcflags=modernc.org/sqlite/lib=-race=false'
check:
	CGO_ENABLED=1 $(GO) test -race $(FAST) -timeout 20m ./...

# The clients that others have written have a module and packages of their own.
# Compiling the Go one takes some minutes and 5 GB of memory, once; vet would
# go through all of it again.
clients: needs
	cd test/clients/js && npm ci --ignore-scripts --no-audit --no-fund
	cd test/clients && $(GO) test -vet=off -timeout 20m ./...

lint:
	@unformatted="$$($(TOOL) gofumpt -l $(DIRS))" && \
	if [ -n "$$unformatted" ]; then echo "gofumpt -w these files:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...

bench: build
	$(GO) run ./bench $(BENCH)

clean:
	rm -rf bin

# Tests start servers of their own, so they need the programs and not a
# running service; the race detector needs a C compiler.
needs:
	@missing=""; \
	command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v gcc >/dev/null || command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "The tests need:$$missing. Please install that and try again." >&2; exit 1; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=; \
	elif command -v sudo >/dev/null; then sudo=sudo; \
	else echo "The tests need more; as root: apt-get install$$missing" >&2; exit 1; fi; \
	echo "Installing for the tests:$$missing"; \
	$$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing
