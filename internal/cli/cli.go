// Package cli holds the subcommands and their flags. It reads what people
// type, hands it to app and prints what comes back; it decides nothing.
package cli

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Exit codes, as in sysexits where one fits.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 64
)

// commands is the command tree.
type commands struct {
	Serve     serveCommand     `cmd:"" help:"Run the server."`
	Demo      demoCommand      `cmd:"" help:"Run a seeded company in memory, with a clock that can be moved."`
	Emulator  emulatorCommand  `cmd:"" help:"Run a blank Graph endpoint for tests: fixed tenant, tokens, clock, faults."`
	Directory directoryCommand `cmd:"" help:"Work on the directory of a database."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// streams is where commands write.
type streams struct {
	ctx      context.Context
	environ  []string
	out, err io.Writer
}

// Main runs the command that args name and returns the exit code of the
// process. Answers go to out, everything else to errOut.
func Main(ctx context.Context, args, environ []string, out, errOut io.Writer) int {
	var tree commands
	exited := -1
	parser, err := kong.New(&tree,
		kong.Name("grantkeep"),
		kong.Description("Self-hosted entitlement management that speaks the Microsoft Graph API."),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
	)
	if err != nil {
		panic(err) // the command tree itself is wrong
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was asked for and printed
	}
	if err != nil {
		complain(errOut, err)
		return exitUsage
	}
	if err := parsed.Run(streams{ctx: ctx, environ: environ, out: out, err: errOut}); err != nil {
		complain(errOut, err)
		return exitFault
	}
	return exitOK
}

// complain tells people what went wrong: the public sentence of a fault, and
// its cause, because whoever runs the command may know it.
func complain(w io.Writer, err error) {
	text := err.Error()
	if f := fault.Of(err); f.Kind != fault.Internal && f.Unwrap() == nil {
		text = f.Message
	}
	if _, err := fmt.Fprintf(w, "grantkeep: %s\n", text); err != nil {
		return // nobody listens
	}
}

type versionCommand struct{}

// Run prints the version of the module the binary was built from.
func (versionCommand) Run(s streams) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(s.out, "grantkeep %s\n", version)
	return err
}
