# Go and make are all that run and test need; lint also wants Node for the OpenAPI file.
.DEFAULT_GOAL := help
.PHONY: run test services torture bench bench-quick bench-functions FORCE lint generate verify help

# No C compiler anywhere: the program is one static file.
export CGO_ENABLED := 0

STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

run: ## Build the service and serve it on http://127.0.0.1:8080 (settings: WT_…, see bin/wtapi help)
	go build -trimpath -o bin/wtapi ./cmd/wtapi
	./bin/wtapi serve

test: ## Run every test on SQLite and on a Postgres of its own, and count them by engine
	go run ./internal/database/dbtest/runtests ./...

services: ## Run the tests that need other servers too: stores, a virus scanner, a browser, readers of feeds
	.ci/services

torture: ## Have followers of the change log and webhooks survive kills for DURATION (10m unless given), on both engines
	WT_TEST_TORTURE=$(or $(DURATION),10m) go run ./internal/database/dbtest/runtests -count=1 -timeout=0 -v -run 'Followers|NeverGoBack|^TestTorture' ./cmd/wtapi ./api ./internal/webhook

bench: bin/bench ## Measure the service against its goals with 10,000 and 1,000,000 case studies (needs Postgres; see docs/performance.md)
	./bin/bench

bench-quick: bin/bench ## The same with 10,000 only, in short rounds
	./bin/bench -quick

bin/bench: FORCE
	go build -trimpath -o bin/wtapi ./cmd/wtapi
	go build -trimpath -o bin/bench ./internal/bench

bench-functions: ## Run the benchmarks of single functions, with allocations
	go test -run '^$$' -bench . -benchmem ./...

lint: ## Check formatting, go vet, staticcheck and the OpenAPI file
	@unformatted=$$(gofmt -l api cmd docs internal migrations); \
	if [ -n "$$unformatted" ]; then echo "not formatted: $$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	.ci/lint-openapi

generate: ## Make the generated files again: the API description from the handlers' comments
	go generate ./...

verify: ## Check the built service from outside, as its users do
	@if [ -x .ci/verify ]; then exec .ci/verify; else echo 'there is no .ci/verify'; exit 1; fi

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
