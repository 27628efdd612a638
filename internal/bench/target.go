package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that is measured.
type process struct {
	name string
	addr string
	cmd  *exec.Cmd
	ops  string   // where it is profiled; may be empty
	pg   *cluster // whose work is counted as the server's own; may be nil
	ran  time.Duration
}

// startWithin bounds how long a server may take to answer first.
const startWithin = time.Minute

// start runs a program that listens at addr, and waits for its first answer at path.
func (b *bench) start(name, path string, pg *cluster, env []string, args ...string) (*process, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p := &process{name: name, addr: addr, pg: pg}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{addr}", addr)
	}
	log, err := os.Create(filepath.Join(b.dir, strings.ReplaceAll(name, " ", "-")+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = append(os.Environ(), append(env, "WT_LISTEN="+addr)...), log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	b.running = append(b.running, p)
	for time.Since(began) < startWithin {
		resp, err := http.Get("http://" + addr + path)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			p.ran = time.Since(began)
			return p, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, fmt.Errorf("%s does not answer: see %s", name, log.Name())
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// stop ends the server.
func (p *process) stop() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = p.cmd.Wait()
	}
}

// cpu is how long the processors have worked for the server so far: the time of its threads, and of the database's
// processes.
func (p *process) cpu() time.Duration {
	pids := []int{p.cmd.Process.Pid}
	if p.pg != nil {
		pids = append(pids, p.pg.pids()...)
	}
	var sum time.Duration
	for _, pid := range pids {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is well-formed
		for _, task := range tasks {
			stat, _ := os.ReadFile(task) // a thread may end; the runtime keeps most
			on, _, _ := strings.Cut(string(stat), " ")
			ns, _ := strconv.ParseInt(on, 10, 64)
			sum += time.Duration(ns)
		}
	}
	return sum
}

// rss is how much memory the server has, in MB.
func (p *process) rss() float64 { return p.memory("VmRSS:") }

// peak is the most that the server has taken so far, in megabytes.
func (p *process) peak() float64 { return p.memory("VmHWM:") }

// memory reads a figure of proc_pid_status(5), in megabytes.
func (p *process) memory(name string) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(value)[0], 64) // the kernel writes a number
			return kb / 1024
		}
	}
	return 0
}

// sample is what a server did in a round.
type sample struct {
	requests int
	took     time.Duration
	cpu      time.Duration
	latency  time.Duration // the median
	failed   int
}

// perRequest is the processor time of one request.
func (s sample) perRequest() float64 {
	return float64(s.cpu.Nanoseconds()) / 1e3 / float64(max(1, s.requests))
}

// rate is requests a second.
func (s sample) rate() float64 { return float64(s.requests) / s.took.Seconds() }

// load asks a server from a number of connections at once for a while. next gives each request.
func (p *process) load(ctx context.Context, conns int, lasting time.Duration, next func() string) (sample, error) {
	type part struct {
		requests, failed int
		latencies        []time.Duration
		err              error
	}
	parts := make(chan part, conns)
	before, began := p.cpu(), time.Now()
	until := began.Add(lasting)
	for range conns {
		go func() {
			var done part
			c, err := dial(p.addr)
			if err == nil {
				defer c.Close()
				for time.Now().Before(until) && ctx.Err() == nil && err == nil {
					asked := time.Now()
					var status int
					status, err = c.ask(next())
					done.requests++
					if status != http.StatusOK && status != http.StatusNotModified && status != http.StatusCreated {
						done.failed++
					}
					done.latencies = append(done.latencies, time.Since(asked))
				}
			}
			done.err = err
			parts <- done
		}()
	}
	var s sample
	var latencies []time.Duration
	var errs []error
	for range conns {
		done := <-parts
		s.requests, s.failed = s.requests+done.requests, s.failed+done.failed
		latencies, errs = append(latencies, done.latencies...), append(errs, done.err)
	}
	s.took, s.cpu, s.latency = time.Since(began), p.cpu()-before, medianOf(latencies)
	if err := errors.Join(errs...); err != nil {
		return s, fmt.Errorf("%s: %w", p.name, err)
	}
	if s.failed > 0 {
		return s, fmt.Errorf("%s: %d of %d requests failed", p.name, s.failed, s.requests)
	}
	return s, nil
}

// conn is a connection that asks one thing after another and does little else, so that the generator is cheap.
type conn struct {
	net.Conn
	in *bufio.Reader
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// get is a request as it goes over the wire, with further headers, each ending a line.
func get(path, headers string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: bench\r\n" + headers + "\r\n"
}

// post is one that sends JSON.
func post(path, headers, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n" + headers +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// ask sends a request and reads the answer, which must say how long it is.
func (c *conn) ask(request string) (status int, err error) {
	if _, err := io.WriteString(c, request); err != nil {
		return 0, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	status, err = strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, err
	}
	length := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, err
			}
		}
	}
	if status == http.StatusNotModified {
		return status, nil
	}
	_, err = c.in.Discard(length)
	return status, err
}
