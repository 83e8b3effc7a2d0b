package cli

import (
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/app"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/telemetry"
)

type emulatorCommand struct {
	HTTP          string         `name:"http" help:"Address of http; loopback only." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	HTTPS         string         `name:"https" help:"Address of https; loopback only." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	DB            string         `name:"db" help:"Database: sqlite::memory:, sqlite:FILE or postgres://…" default:"sqlite::memory:" placeholder:"DSN"`
	Tenant        string         `help:"Tenant id (GUID); a fixed one by default." placeholder:"GUID"`
	Seed          string         `help:"What is there at the start: demo or none." enum:"demo,none" default:"none"`
	Frozen        bool           `help:"Stop the clock between moves."`
	DeliveryDelay *time.Duration `help:"How long a request is left alone before it is processed." placeholder:"DURATION"`
	SeedIDs       uint64         `name:"seed-ids" help:"Make ids repeatable; goes with --frozen." placeholder:"N"`
	Config        string         `help:"Configuration file (YAML) for everything else." type:"path" placeholder:"FILE"`
}

// startLine is the one line of JSON that the emulator prints when it is
// ready (emulator.md). The names are an interface that others rely on.
type startLine struct {
	HTTP   string      `json:"http"`
	HTTPS  string      `json:"https"`
	Tenant string      `json:"tenant"`
	CA     string      `json:"ca"`
	Client startClient `json:"client"`
	PID    int         `json:"pid"`
}

type startClient struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	OID    string `json:"oid"`
}

// Run serves until the process is told to stop.
func (c emulatorCommand) Run(s streams) error {
	if c.SeedIDs != 0 && !c.Frozen {
		return fault.New(fault.Invalid, "Usage", "--seed-ids needs --frozen: ids hold the time.")
	}
	em, log, err := emulation(s, c.Config, c.DB, c.HTTP, c.HTTPS, c.Tenant, c.DeliveryDelay)
	if err != nil {
		return err
	}
	em.Tenant, em.Seed, em.Frozen, em.SeedIDs = c.Tenant, c.Seed, c.Frozen, c.SeedIDs
	return app.Emulate(s.ctx, em, log, func(at app.Started) error {
		return json.NewEncoder(s.out).Encode(startLine{
			HTTP: at.HTTP, HTTPS: at.HTTPS, Tenant: at.Tenant, CA: at.CA,
			Client: startClient{ID: at.Client.ID, Secret: at.Client.Secret, OID: at.Client.OID}, PID: os.Getpid(),
		})
	})
}

// emulation reads the configuration that demo and emulator start from. What
// they log by default is what went wrong.
func emulation(s streams, file, db, http, https, tenant string, delay *time.Duration) (app.Emulation, *slog.Logger, error) {
	flags := map[string]any{"database": db, "http.address": http, "https.address": https, "tls.selfSigned": true}
	if delay != nil {
		flags["delivery.delay"] = delay.String()
	}
	settings, err := config.Load(file, s.environ, flags)
	if err != nil {
		return app.Emulation{}, nil, err
	}
	if err := check(settings, tenant); err != nil {
		return app.Emulation{}, nil, err
	}
	if file == "" {
		settings.Log.Level = "warn"
	}
	log, err := telemetry.NewLogger(s.err, settings.Log.Level, settings.Log.Format)
	return app.Emulation{Config: settings}, log, err
}

// check refuses what makes no sense, as serve does. Demo and emulator bring
// the tenant and the issuer of tokens that serve asks for.
func check(settings config.Config, tenant string) error {
	if tenant == "" {
		tenant = app.DefaultTenant
	}
	settings.Tenants = append(slices.Clip(settings.Tenants), config.Tenant{ID: tenant})
	settings.BuiltinIssuer.Enabled = true
	return settings.Validate()
}
