# Everything runs on this machine; nothing here reaches an AWS account.
.DEFAULT_GOAL := help
.PHONY: help up preview task down stop test unit e2e long faults bench lint vuln format

local := go run ./local

# Tests that take too long for every run. With ci=1, make test runs those of long_in_ci, too.
long_elsewhere := TestConfigChanges_MatchRecord|TestIngress_SwitchesLoadBalancer|TestIngress_SwitchesTunnel|TestSpotFallback_RunsOnDemandTasks|TestAutoscaling_OwnsDesiredCount|TestSchedule_SleepsAndWakes|TestStores_ReplicateAndUpgrade|TestAdopt_ContinuesAfterKill
long_in_ci := TestAdopt_TakesOverTerraform|TestCacheToken_SurvivesAnUpgrade
long := $(long_elsewhere)|$(long_in_ci)

# Go 1.21 and later download the version that go.mod requires.
.PHONY: go
go:
	@GOTOOLCHAIN=local go version | awk '{ split(substr($$3, 3), v, "."); if (v[1] == 1 && v[2] + 0 < 21) { \
		print "This project needs Go 1.25 or later, but this is " $$3 ": https://go.dev/dl/"; exit 1 } }'

up preview task down stop tools unit e2e long faults bench lint vuln: go

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Bring the complete stack up on the local AWS
	$(local) up

preview: ## Show what would change on the local AWS
	$(local) preview

task: ## Run what is deployed: its containers on a real PostgreSQL and Valkey; IMAGE_DIR=<folder> runs your app
	$(local) task $(IMAGE_DIR)

down: ## Turn protection off, destroy the stack and stop the local AWS
	$(local) teardown

stop: ## Stop the local AWS and delete everything in it, but keep the keys that are set for it
	$(local) stop

test: tools lint unit e2e ## Everything that is checked: format, vet, lint, unit tests, end to end

.PHONY: tools
tools: # what the tests need, or a message with all that is missing
	$(local) tools $(if $(ci)$(filter long,$(MAKECMDGOALS)),long)

unit: tools policy/node_modules ## Unit tests
	go test ./...
	THREA_RULES=cfn-lint,cdk-nag go test -count=1 ./policy
	cd local && go test $$(go list ./... | grep -v '/e2e$$')

e2e: tools policy/node_modules ## Deploy for real: engine, provider and local AWS, through the whole life of a stack
	go test -v -timeout 60m ./local/e2e -skip '$(if $(ci),$(long_elsewhere),$(long))'

long: tools policy/node_modules ## Every key switched both ways on a running stack, load balancer, tunnel, Spot, autoscaling, sleep, adoption, trivy: about 20 minutes
	go test -v -timeout 90m ./local/e2e -run '$(long)' -args -slots 4
	THREA_ALL_COMBINATIONS=1 go test -v -timeout 30m . -run TestDeploy_KeepsInvariants
	THREA_RULES=trivy go test -v -timeout 30m ./policy -run TestRules

faults: tools ## Calls that fail, runs that are killed, changes by hand: the complete table, in about 12 minutes
	go test -v -timeout 60m ./local/e2e -run TestFaults -args -full

bench: policy/node_modules ## Time preview, up, destroy and unit tests on the local AWS, and Terraform if it is installed: about 10 minutes
	go run ./local/cmd/bench

policy/node_modules: policy/package-lock.json # rules that others wrote
	npm ci --prefix policy --ignore-scripts --no-audit --no-fund
	@touch $@

lint: ## gofmt, golangci-lint with the checks of go vet, actionlint for the workflows, and gitleaks for secrets
	@test -z "$$(gofmt -l .)" || { echo "not formatted, run make format:"; gofmt -l .; exit 1; }
	GOWORK=off go tool -modfile=tools/lint/go.mod golangci-lint run ./...
	cd local && GOWORK=off go tool -modfile=../tools/lint/go.mod golangci-lint run ./...
	GOWORK=off go tool -modfile=tools/actionlint/go.mod actionlint
	GOWORK=off go tool -modfile=tools/gitleaks/go.mod gitleaks dir --no-banner --log-level=warn .

vuln: ## Known vulnerabilities in Go and the dependencies; needs https://vuln.go.dev
	@binaries=$$(mktemp -d) && trap 'rm -r "$$binaries"' EXIT && \
	GOWORK=off go build -o "$$binaries/" . ./bootstrap ./cmd/threa && for binary in "$$binaries"/*; do \
		GOWORK=off go tool -modfile=tools/vuln/go.mod govulncheck -mode=binary "$$binary" || exit; done

format: ## Format the code
	gofmt -w .
