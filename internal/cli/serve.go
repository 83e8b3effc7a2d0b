package cli

import (
	"log/slog"

	"github.com/grantkeep/grantkeep/internal/app"
	"github.com/grantkeep/grantkeep/internal/config"
	"github.com/grantkeep/grantkeep/internal/telemetry"
)

type serveCommand struct {
	Config   string `help:"Configuration file (YAML); see docs/configuration.md." type:"path" placeholder:"FILE"`
	Database string `help:"Database: sqlite:FILE or postgres://…; overrides the configuration." placeholder:"DSN"`
	HTTP     string `help:"Address of http, such as 127.0.0.1:8080; overrides the configuration." placeholder:"HOST:PORT"`
}

// Run serves until the process is told to stop.
func (c serveCommand) Run(s streams) error {
	flags := map[string]any{}
	if c.Database != "" {
		flags["database"] = c.Database
	}
	if c.HTTP != "" {
		flags["http.address"] = c.HTTP
	}
	settings, log, err := load(s, c.Config, flags)
	if err != nil {
		return err
	}
	return app.Serve(s.ctx, settings, log, func(at app.Addresses) {
		log.Info("serving", "http", at.HTTP, "https", at.HTTPS)
	})
}

// load reads the configuration, with flags over it, and makes the log that it
// asks for.
func load(s streams, file string, flags map[string]any) (config.Config, *slog.Logger, error) {
	settings, err := config.Load(file, s.environ, flags)
	if err != nil {
		return settings, nil, err
	}
	if err := settings.Validate(); err != nil {
		return settings, nil, err
	}
	log, err := telemetry.NewLogger(s.err, settings.Log.Level, settings.Log.Format)
	return settings, log, err
}
