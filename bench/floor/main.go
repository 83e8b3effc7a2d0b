// Command floor is the least that a server of assignment requests can be:
// net/http, encoding/json and one durable transaction of four rows. It has no
// tokens, no rules and no policies, so nothing that keeps its promises can be
// much faster. The benchmark runs the product beside it and prints the ratio.
//
// It prints one line of JSON when it is ready: {"http": "http://…", "pid": 1}.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	db := flag.String("db", "", "sqlite:FILE or postgres://…")
	rows := flag.Int("rows", 100_000, "assignments to page through")
	writers := flag.Int("writers", 2, "PostgreSQL: writers that commit requests together; 0 commits each alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *db, *rows, *writers); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dsn string, rows, writers int) (err error) {
	db, err := open(ctx, dsn, rows, writers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: (&floor{db: db, rows: rows}).routes()}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ready := map[string]any{"http": "http://" + listener.Addr().String(), "pid": os.Getpid()}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return server.Shutdown(context.Background())
	}
}

func open(ctx context.Context, dsn string, rows, writers int) (database, error) {
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return openSQLite(ctx, file, rows)
	}
	if strings.HasPrefix(dsn, "postgres://") {
		return openPostgres(ctx, dsn, rows, writers)
	}
	return nil, fmt.Errorf("-db is %q, want sqlite:FILE or postgres://…", dsn)
}
