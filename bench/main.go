// Command bench measures the product beside the floor, a program that does
// the same transaction and nothing else (bench/floor), on the same database
// server or disk in the same run, in the order floor, product, floor. It
// prints requests a second, latencies, CPU, statements and memory, and the
// ratio of the two. When the two floors differ by more than 30 % the machine
// was too restless for a verdict.
//
//	go run ./bench -db sqlite -ops create,cancel -conns 1,16
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

// config is what the flags say.
type config struct {
	databases []string
	ops       []string
	conns     []int
	rows      []int
	duration  time.Duration
	floorOnly bool
	binary    string
	writers   int
	users     int
	packages  int
	expiries  int
	people    int
	keep      bool
}

func main() {
	log.SetFlags(0)
	cfg, err := parseFlags()
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

func parseFlags() (config, error) {
	var cfg config
	db := flag.String("db", "both", "sqlite, postgres or both")
	ops := flag.String("ops", strings.Join(allOps, ","), "operations, in the order in which they run")
	conns := flag.String("conns", "1,16,64", "numbers of connections")
	rows := flag.String("rows", "100000,1000000", "numbers of assignments to page through")
	flag.DurationVar(&cfg.duration, "duration", 5*time.Second, "of each measurement")
	flag.BoolVar(&cfg.floorOnly, "floor", false, "measure the floor alone")
	flag.StringVar(&cfg.binary, "bin", "bin/grantkeep", "the product")
	flag.IntVar(&cfg.writers, "writers", 2, "the floor's writers on PostgreSQL; 0 commits each request alone")
	flag.IntVar(&cfg.users, "users", 2000, "people who ask")
	flag.IntVar(&cfg.packages, "packages", 100, "packages they ask for")
	flag.IntVar(&cfg.expiries, "expiries", 100_000, "assignments that expire at once")
	flag.IntVar(&cfg.people, "people", 1_000_000, "people whom an automatic policy gives access")
	flag.BoolVar(&cfg.keep, "keep", false, "leave the databases and logs where they are")
	flag.Parse()

	switch *db {
	case "both":
		cfg.databases = []string{"sqlite", "postgres"}
	case "sqlite", "postgres":
		cfg.databases = []string{*db}
	default:
		return cfg, fmt.Errorf("-db is %q, want sqlite, postgres or both", *db)
	}
	cfg.ops = strings.Split(*ops, ",")
	for _, op := range cfg.ops {
		if !known(op) {
			return cfg, fmt.Errorf("-ops has %q, want some of %s", op, strings.Join(allOps, ","))
		}
	}
	var err error
	if cfg.conns, err = numbers(*conns); err != nil {
		return cfg, fmt.Errorf("-conns: %w", err)
	}
	if cfg.rows, err = numbers(*rows); err != nil {
		return cfg, fmt.Errorf("-rows: %w", err)
	}
	return cfg, nil
}

func numbers(list string) ([]int, error) {
	var out []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", text)
		}
		out = append(out, n)
	}
	return out, nil
}

func run(ctx context.Context, cfg config) (err error) {
	dir, err := os.MkdirTemp("", "grantkeep-bench-*")
	if err != nil {
		return err
	}
	if cfg.keep {
		log.Printf("files: %s", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	b := &bench{cfg: cfg, dir: dir, floorBinary: filepath.Join(dir, "floor")}
	if err := buildFloor(ctx, b.floorBinary); err != nil {
		return err
	}
	for _, db := range cfg.databases {
		if err := b.database(ctx, db); err != nil {
			return fmt.Errorf("%s: %w", db, err)
		}
	}
	return nil
}

// bench is one run of the command.
type bench struct {
	cfg         config
	dir         string
	floorBinary string
	files       int
}

// database runs all operations on one kind of database.
func (b *bench) database(ctx context.Context, db string) (err error) {
	fresh := b.sqliteFile
	if db == "postgres" {
		server, err := pgtest.New("shared_buffers=512MB", "max_wal_size=4GB")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		fresh = server.CreateDatabase
	}
	for i, rows := range b.cfg.rows {
		ops := b.cfg.ops
		if i > 0 {
			// Only pages depend on how many assignments there are.
			ops = only(ops, "page", "page90")
		}
		if err := b.compare(ctx, db, fresh, rows, only(ops, comparedOps...)); err != nil {
			return err
		}
	}
	if b.cfg.floorOnly {
		return nil
	}
	for _, op := range only(b.cfg.ops, "deliver", "expire", "meanwhile", "late", "automatic", "lists") {
		if err := b.alone(ctx, op, db, fresh); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
	return nil
}

// sqliteFile names a new database file.
func (b *bench) sqliteFile(context.Context) (string, error) {
	b.files++
	return fmt.Sprintf("sqlite:%s/%d.db", b.dir, b.files), nil
}

// newDatabase makes an empty database and returns its DSN.
type newDatabase func(context.Context) (string, error)

// compare measures operations on floor, product, floor.
func (b *bench) compare(ctx context.Context, db string, fresh newDatabase, rows int, ops []string) (err error) {
	if len(ops) == 0 {
		return nil
	}
	dsn, err := fresh(ctx)
	if err != nil {
		return err
	}
	f, err := startFloor(ctx, b.floorBinary, dsn, rows, b.cfg.writers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	var p *product
	if !b.cfg.floorOnly {
		if p, err = b.startProduct(ctx, fresh, rows); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.stop()) }()
		fmt.Printf("\n%s: ready on an existing database after %s, %s when idle\n", db, p.ready.Round(time.Millisecond), megabytes(p.idle))
	}
	printHeader(fmt.Sprintf("%s, %d assignments", db, rows))
	for _, op := range ops {
		for _, conns := range b.cfg.conns {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := comparison{op: op, conns: conns}
			if c.before, err = measure(f, op, conns, b.cfg.duration); err != nil {
				return fmt.Errorf("floor: %s: %w", op, err)
			}
			if p != nil {
				if c.product, err = measure(p, op, conns, b.cfg.duration); err != nil {
					return fmt.Errorf("product: %s: %w", op, err)
				}
				c.measured = true
			}
			if c.after, err = measure(f, op, conns, b.cfg.duration); err != nil {
				return fmt.Errorf("floor: %s: %w", op, err)
			}
			c.print()
		}
	}
	return nil
}
