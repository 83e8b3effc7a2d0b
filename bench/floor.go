package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

// floorServer is the floor program, running.
type floorServer struct {
	*server
	open pool
}

func buildFloor(ctx context.Context, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", to, "github.com/grantkeep/grantkeep/bench/floor")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the floor: %w\n%s", err, out)
	}
	return nil
}

func startFloor(ctx context.Context, binary, dsn string, rows, writers int) (*floorServer, error) {
	s, err := startServer(ctx, "/stats", binary, "-db", dsn, "-rows", strconv.Itoa(rows), "-writers", strconv.Itoa(writers))
	if err != nil {
		return nil, fmt.Errorf("the floor: %w", err)
	}
	return &floorServer{server: s}, nil
}

func (f *floorServer) plan(op string, conns int, duration time.Duration) (load.Plan, error) {
	p := load.Plan{Addr: f.addr}
	switch op {
	case "create":
		p.Next = asker(f.ask).next
		return p, nil
	case "cancel", "approve":
		p.Next = func(_ int, buf []byte) []byte {
			m, ok := f.open.take()
			if !ok {
				return nil
			}
			return raw(buf, "POST", f.addr, "/cancel/"+m.id, "", "")
		}
		return p, f.open.fill(f.addr, f.ask, conns, duration)
	}
	path, ok := map[string]string{"get": "/get/x", "page": "/page", "page90": "/page?depth=0.9"}[op]
	if !ok {
		return p, fmt.Errorf("the floor has no %s", op)
	}
	p.Next = func(_ int, buf []byte) []byte { return raw(buf, "GET", f.addr, path, "", "") }
	return p, nil
}

func (f *floorServer) ask(buf []byte) (request []byte, by int) {
	const someTarget, somePackage, somePolicy = "01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002", "01900000-0000-7000-8000-000000000003"
	return raw(buf, "POST", f.addr, "/create", "", creation(someTarget, somePackage, somePolicy)), 0
}

// creation is the body of a request for a package.
func creation(targetID, packageID, policyID string) string {
	return fmt.Sprintf(`{"requestType":"userAdd","justification":"needed for the benchmark",`+
		`"assignment":{"targetId":"%s","assignmentPolicyId":"%s","accessPackageId":"%s"}}`, targetID, policyID, packageID)
}
