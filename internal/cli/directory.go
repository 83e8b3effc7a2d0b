package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/grantkeep/grantkeep/internal/app"
)

type directoryCommand struct {
	Import importCommand `cmd:"" help:"Put people and groups from a file into the directory, or bring those that are there up to date."`
}

type importCommand struct {
	File     string `arg:"" help:"JSON Lines, or CSV if the name ends in .csv; see docs/directory.md." type:"existingfile"`
	Config   string `help:"Configuration file (YAML)." type:"path" placeholder:"FILE"`
	Database string `help:"Database: sqlite:FILE or postgres://…; overrides the configuration." placeholder:"DSN"`
	Tenant   string `help:"Id of the tenant; the first one of the configuration by default." placeholder:"GUID"`
}

// Run imports the file and prints what was done.
func (c importCommand) Run(s streams) error {
	flags := map[string]any{}
	if c.Database != "" {
		flags["database"] = c.Database
	}
	settings, log, err := load(s, c.Config, flags)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return err
	}
	in := &counted{Reader: file}
	bar := progressBar{to: s.err, size: about.Size(), read: &in.n}
	count, err := app.ImportDirectory(s.ctx, settings, log, app.Import{
		File: in, CSV: strings.EqualFold(filepath.Ext(c.File), ".csv"), Tenant: c.Tenant, Progress: bar.show,
	})
	if err != nil {
		return fmt.Errorf("%w (before that: %d added, %d changed)", err, count.Added, count.Changed)
	}
	_, err = fmt.Fprintf(s.out, "%d added, %d changed, %d as they were; %d memberships added\n", count.Added, count.Changed, count.Same, count.Members)
	return err
}

// counted counts what is read.
type counted struct {
	io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// progressBar tells how far an import is: a bar on a terminal, elsewhere a
// line for each tenth of the file.
type progressBar struct {
	to   io.Writer
	size int64
	read *atomic.Int64
	last int64
}

const barWidth = 40

func (b *progressBar) show(n app.ImportCount) {
	share := int64(100)
	if b.size > 0 {
		share = b.read.Load() * 100 / b.size
	}
	if terminal(b.to) {
		full := int(share) * barWidth / 100
		line := fmt.Sprintf("\r[%s%s] %3d %% %d people and groups", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), share, n.Lines())
		if share == 100 {
			line += fmt.Sprintf(", %d memberships", n.Members)
		}
		b.write(line)
		return
	}
	if share/10 > b.last {
		b.last = share / 10
		b.write(fmt.Sprintf("%d %% read, %d people and groups\n", share, n.Lines()))
	}
}

func (b *progressBar) write(line string) {
	if _, err := io.WriteString(b.to, line); err != nil {
		return // nobody looks
	}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	about, err := f.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}
