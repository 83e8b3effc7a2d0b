package pgtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// stopLimit is how long a server may take to end before it is killed.
const stopLimit = 10 * time.Second

// process is a child that was started and tells on stderr when it is ready.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the child has ended
	err  error         // why it ended; read after done
	log  tail
}

// startProcess starts cmd and returns when it has written a line that
// contains ready. If it ends before or takes too long, the error has the
// last lines it wrote.
func startProcess(cmd *exec.Cmd, ready string, limit time.Duration) (*process, error) {
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	started, isReady := make(chan error, 1), make(chan struct{})
	go p.run(stderr, ready, started, isReady)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	select {
	case <-isReady:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended at once: %w\n%s", cmd.Path, p.err, p.log.String())
	case <-timeout.C:
		err := p.stop()
		return nil, fmt.Errorf("%s is not ready after %s (%w)\n%s", cmd.Path, limit, err, p.log.String())
	}
}

// run starts the child and waits for its end, on one thread: the system ends
// the child when the thread that started it ends, so that thread has to live
// as long as this process.
func (p *process) run(stderr io.Reader, ready string, started chan<- error, isReady chan<- struct{}) {
	runtime.LockOSThread()
	defer close(p.done)
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	var once sync.Once
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		p.log.add(lines.Text())
		if strings.Contains(lines.Text(), ready) {
			once.Do(func() { close(isReady) })
		}
	}
	p.err = p.cmd.Wait()
}

// stop ends the child: fast first, by force if that takes too long.
func (p *process) stop() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s had ended before: %w\n%s", p.cmd.Path, p.err, p.log.String())
	default:
	}
	if err := p.cmd.Process.Signal(os.Signal(syscall.SIGINT)); err != nil {
		return fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	timeout := time.NewTimer(stopLimit)
	defer timeout.Stop()
	select {
	case <-p.done:
		return nil
	case <-timeout.C:
	}
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.done
	return nil
}

// tail keeps the last lines of a log.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == 30 {
		t.lines = t.lines[1:]
	}
	t.lines = append(t.lines, line)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
