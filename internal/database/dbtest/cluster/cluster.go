// Package cluster starts a throw-away Postgres server from the binaries of this machine, for tests. It works as root,
// where Postgres itself refuses to run, and gets Debian's packages when there are no binaries and it may.
package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startLimit bounds initdb and the server's start; installing packages comes on top.
const startLimit = 2 * time.Minute

// Cluster is a running server. It stops when [Cluster.Stop] is called or when this process ends, however it ends.
type Cluster struct {
	// URL is the address of a database on which further databases can be made.
	URL        string
	dir        string
	bin        string
	lifeline   io.WriteCloser
	words      *bufio.Reader // what the supervisor says
	supervisor *exec.Cmd
}

// running keeps every cluster alive although nobody may hold it any more: a lifeline that the garbage collector
// finds would be closed.
var running sync.Map

// supervise holds the server, ends and begins it again at a word from its standard input, the lifeline, and removes it
// when that is closed.
const supervise = `serve() { "$0/postgres" -D "$1/data" >>"$1/log" 2>&1 & server=$!; }
serve "$1"
trap : INT TERM HUP
while read -r word; do
	case $word in
	halt) kill -INT $server; wait $server; echo halted ;;
	resume) serve "$1" ;;
	esac
done
kill -INT $server; wait $server; rm -rf "$1"`

// Start makes a server that keeps nothing: no fsync, reachable only through a socket in a private folder. Its ICU
// locale is en-GB. The error of a machine without Postgres says what to do about it.
func Start(ctx context.Context) (*Cluster, error) {
	bin, err := findOrInstall(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "wtpg")
	if err != nil {
		return nil, err
	}
	as, err := serverUser(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := &Cluster{dir: dir, URL: "postgres:///postgres?user=postgres&host=" + url.QueryEscape(dir)}
	if err := c.create(ctx, bin, as); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.run(ctx, bin, as); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends the server and removes its files.
func (c *Cluster) Stop() error {
	if c.supervisor == nil {
		return os.RemoveAll(c.dir)
	}
	running.Delete(c)
	return errors.Join(c.lifeline.Close(), c.supervisor.Wait())
}

// Halt ends the server and keeps what it holds: every connection is lost, and none can be made until Resume.
func (c *Cluster) Halt() error {
	if _, err := io.WriteString(c.lifeline, "halt\n"); err != nil {
		return err
	}
	_, err := c.words.ReadString('\n')
	return err
}

// Resume begins the server again after Halt, and returns when it answers.
func (c *Cluster) Resume(ctx context.Context) error {
	if _, err := io.WriteString(c.lifeline, "resume\n"); err != nil {
		return err
	}
	return c.await(ctx, c.bin)
}

func (c *Cluster) create(ctx context.Context, bin string, as *syscall.SysProcAttr) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(c.dir, "data"),
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-GB",
		"--locale=C.UTF-8", "--no-sync")
	cmd.SysProcAttr, cmd.Dir = as, c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(c.dir, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, settings, c.dir)
	return errors.Join(err, conf.Close())
}

// settings: durability costs time and a test's database is thrown away; many test processes share one server.
const settings = `
listen_addresses = ''
unix_socket_directories = '%s'
max_connections = 400
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
deadlock_timeout = 100ms
`

func (c *Cluster) run(ctx context.Context, bin string, as *syscall.SysProcAttr) error {
	cmd := exec.Command("sh", "-c", supervise, bin, c.dir)
	cmd.SysProcAttr, cmd.Dir = as, c.dir
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	words, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.lifeline, c.words, c.supervisor, c.bin = lifeline, bufio.NewReader(words), cmd, bin
	running.Store(c, nil)
	return c.await(ctx, bin)
}

// await asks until the server answers.
func (c *Cluster) await(ctx context.Context, bin string) error {
	for {
		if exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "--quiet", "--host", c.dir).Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("postgres does not start: %w\n%s", ctx.Err(), log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// serverUser says as whom the server runs, nil for as we are, and gives dir to that user.
func serverUser(dir string) (*syscall.SysProcAttr, error) {
	own := &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is ours to handle, not the server's
	if os.Geteuid() != 0 {
		return own, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("postgres does not run as root: %w", err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	own.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return own, nil
}

func findOrInstall(ctx context.Context) (string, error) {
	if bin, ok := find(); ok {
		return bin, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return "", errors.New("there is no Postgres here: install it (Debian: apt-get install postgresql) or set TEST_DATABASE_URL")
	}
	for _, args := range [][]string{{"update", "-q"}, {"install", "-qy", "--no-install-recommends", "postgresql"}} {
		cmd := exec.CommandContext(ctx, apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("installing postgresql: apt-get %s: %w\n%s", args[0], err, out)
		}
	}
	if bin, ok := find(); ok {
		return bin, nil
	}
	return "", errors.New("postgresql was installed, but its initdb is not where Debian puts it")
}

// find prefers the newest of Debian's versions to what is on the PATH, where Debian has only wrappers.
func find() (string, bool) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well-formed
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), true
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err == nil
}

func version(initdb string) int {
	n, _ := strconv.Atoi(strings.Split(initdb, "/")[4]) // not a number sorts last
	return n
}
