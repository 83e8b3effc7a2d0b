// Command grantkeep is the whole product: server, demo and emulator.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/grantkeep/grantkeep/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
