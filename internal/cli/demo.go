package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/grantkeep/grantkeep/internal/app"
)

type demoCommand struct {
	HTTP  string `name:"http" help:"Address of http; loopback only." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	HTTPS string `name:"https" help:"Address of https; loopback only." default:"127.0.0.1:8443" placeholder:"HOST:PORT"`
	DB    string `name:"db" help:"Database; in memory by default." default:"sqlite::memory:" placeholder:"DSN"`
}

// Run serves until the process is told to stop.
func (c demoCommand) Run(s streams) error {
	em, log, err := emulation(s, "", c.DB, c.HTTP, c.HTTPS, "", nil)
	if err != nil {
		return err
	}
	em.Seed = "demo"
	return app.Emulate(s.ctx, em, log, func(at app.Started) error { return c.welcome(s, at) })
}

// welcome tells what there is, and gives a line to type that cancels a real
// request.
func (c demoCommand) welcome(s streams, at app.Started) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Grantkeep demo: %s\n\n", at.Demo.Describe())
	fmt.Fprintf(&b, "  http    %s\n  https   %s   (trust %s)\n  tenant  %s\n\n", at.HTTP, at.HTTPS, at.CA, at.Tenant)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range at.Demo.Personas {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", p.Name, p.UPN, p.Role)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	b.WriteString("\nTokens (12 hours):\n\n")
	for _, p := range at.Demo.Personas {
		token, err := at.Token(s.ctx, p.ID, p.UPN, p.Scopes...)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s=%s\n", variable(p.Name), token)
	}
	owner := at.Demo.Cancelable
	token, err := at.Token(s.ctx, owner.ID, owner.UPN, owner.Scopes...)
	if err != nil {
		return err
	}
	base := at.HTTP + "/v1.0/identityGovernance/entitlementManagement"
	fmt.Fprintf(&b, "\n%s waits for an approval. Cancel the request (200, no body), then look at it:\n\n", owner.Name)
	fmt.Fprintf(&b, "curl -i -X POST -H 'Authorization: Bearer %s' '%s/assignmentRequests/%s/cancel'\n\n", token, base, owner.Request)
	fmt.Fprintf(&b, "curl -s -H 'Authorization: Bearer %s' '%s/assignmentRequests/%s'\n\n", token, base, owner.Request)
	fmt.Fprintf(&b, "Move the clock two weeks on and see what happens to what waits:\n\n")
	fmt.Fprintf(&b, "curl -s -X PUT -d '{\"advance\":\"P14D\"}' %s/_emulator/clock\n\n", at.HTTP)
	fmt.Fprintf(&b, "A token for anybody:\n\n")
	fmt.Fprintf(&b, "curl -s -d '{\"user\":\"%s\",\"scp\":\"EntitlementManagement.ReadWrite.All\"}' %s/_emulator/token\n\nCtrl-C ends it.\n", owner.UPN, at.HTTP)
	_, err = io.WriteString(s.out, b.String())
	return err
}

// variable is a persona's name as a shell variable.
func variable(name string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name))
}
