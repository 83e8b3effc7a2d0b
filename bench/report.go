package main

import (
	"fmt"
	"math"
	"time"
)

// restless is how far the two floors of a comparison may be apart.
const restless = 0.30

// comparison is one operation at one number of connections.
type comparison struct {
	op                     string
	conns                  int
	before, product, after figures
	measured               bool // the product was
}

func printHeader(title string) {
	fmt.Printf("\n%s\n%-8s %5s  %-8s %9s %10s %10s %10s %11s %9s\n",
		title, "", "conns", "", "req/s", "p50", "p99", "CPU/req", "stmts/req", "RSS")
}

func (c comparison) print() {
	c.line("floor", c.before)
	if c.measured {
		c.line("product", c.product)
	}
	c.line("floor", c.after)
	fmt.Printf("%-14s  %s\n", "", c.verdict())
}

func (c comparison) line(name string, f figures) {
	fmt.Printf("%-8s %5d  %-8s %9.0f %10s %10s %10s %11.1f %9s", c.op, c.conns, name,
		f.PerSecond(), short(f.P50), short(f.P99), short(f.cpu), f.statements, megabytes(f.rss))
	if f.Errors > 0 {
		fmt.Printf("  %d errors, such as: %.200s", f.Errors, f.Example)
	}
	fmt.Println()
}

// verdict is the sentence under the figures.
func (c comparison) verdict() string {
	a, b := c.before.PerSecond(), c.after.PerSecond()
	apart := math.Abs(a-b) / math.Max(a, b)
	if !(apart <= restless) {
		return fmt.Sprintf("no verdict: the floors differ by %.0f %%", 100*apart)
	}
	if !c.measured {
		return fmt.Sprintf("the floors differ by %.0f %%%s", 100*apart, c.pageSQL())
	}
	ratio := c.product.PerSecond() / ((a + b) / 2)
	text := fmt.Sprintf("ratio %.2f", ratio)
	if want, ok := target[c.op]; ok && c.conns > 1 {
		text += ", target " + reached(fmt.Sprintf("≥ %.2f", want), ratio >= want)
	}
	return text + c.pageSQL()
}

// pageSQL compares a page with its SQL alone, which has a target of its own.
func (c comparison) pageSQL() string {
	sql := (c.before.pageSQL + c.after.pageSQL) / 2
	if sql == 0 {
		return ""
	}
	text := fmt.Sprintf("; its SQL alone takes %s", short(sql))
	if c.measured {
		ratio := float64(c.product.P50) / float64(sql)
		text += fmt.Sprintf(", p50 is %.1f times that", ratio)
		if c.conns == 1 {
			text += ", target " + reached("≤ 2", ratio <= 2)
		}
	}
	return text
}

func reached(target string, ok bool) string {
	if ok {
		return target + " reached"
	}
	return target + " MISSED"
}

// short writes a duration with three significant digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
