package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/grantkeep/grantkeep/bench/load"
)

// server is a process that prints a line of JSON when it is ready.
type server struct {
	cmd       *exec.Cmd
	line      []byte // what it printed
	addr      string // host:port
	statsPath string
	ready     time.Duration // from its start to the line
	log       *logTail
}

// startServer starts a program and waits for its line.
func startServer(ctx context.Context, statsPath, binary string, args ...string) (*server, error) {
	s := &server{cmd: exec.Command(binary, args...), statsPath: statsPath, log: &logTail{}}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	// A run that is given up must not wait for a line that never comes.
	giveUp := context.AfterFunc(ctx, func() { s.signal(syscall.SIGKILL) })
	defer giveUp()
	lines := bufio.NewReader(out)
	if s.line, err = lines.ReadBytes('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("it ended before it was ready: %w", s.cmd.Wait()), errors.New(s.log.String()))
	}
	s.ready = time.Since(begin)
	go func() {
		// What it prints later must not fill the pipe.
		if _, err := io.Copy(io.Discard, lines); err != nil {
			return
		}
	}()
	var first struct {
		HTTP string `json:"http"`
	}
	if err := json.Unmarshal(s.line, &first); err != nil {
		return nil, errors.Join(fmt.Errorf("its first line is %q: %w", s.line, err), s.stop())
	}
	u, err := url.Parse(first.HTTP)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.addr = u.Host
	return s, nil
}

func (s *server) usage() (load.Usage, error) { return load.UsageOf(s.cmd.Process.Pid) }

func (s *server) stats() (st stats, err error) {
	res, err := http.Get("http://" + s.addr + s.statsPath)
	if err != nil {
		return st, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return st, fmt.Errorf("%s: %s", s.statsPath, res.Status)
	}
	return st, json.NewDecoder(res.Body).Decode(&st)
}

func (s *server) signal(sig syscall.Signal) {
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.log.note(err.Error())
	}
}

// stop ends the server in an orderly way, or after a while by force.
func (s *server) stop() error {
	s.signal(syscall.SIGTERM)
	force := time.AfterFunc(15*time.Second, func() { s.signal(syscall.SIGKILL) })
	defer force.Stop()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", s.cmd.Path, err, s.log)
	}
	return nil
}

// logTail keeps the end of what a server writes to its log.
type logTail struct {
	mu   sync.Mutex
	text []byte
}

// Write adds to the log.
func (t *logTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - 8<<10; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *logTail) note(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
}

// String returns the end of the log.
func (t *logTail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
