package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cluster is a Postgres server of this program's own, whose data stay for the next run.
type cluster struct {
	dir    string // data and socket
	server *exec.Cmd
}

// settings are those of production, but for the size of memory, which is a small machine's, and of the write-ahead log,
// which counts among the data that are kept.
const settings = `
listen_addresses = ''
unix_socket_directories = '%s'
max_connections = 100
shared_buffers = 512MB
effective_cache_size = 4GB
work_mem = 16MB
maintenance_work_mem = 512MB
max_wal_size = 256MB
random_page_cost = 1.1
`

// hasty are settings for loading, beside the others: nothing waits for the disk, little is logged, and of
// what is logged nothing is left at the end.
const hasty = `-c fsync=off -c autovacuum=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0
	-c max_wal_size=4GB -c wal_recycle=off -c checkpoint_timeout=1h -c maintenance_work_mem=1GB -c work_mem=256MB`

// startCluster starts the server, and makes it at first. While sets are loaded it waits for no disk; durable says that
// it does, as in production.
func startCluster(ctx context.Context, dir string, durable bool) (*cluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	as, err := postgresUser(dir)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	data := filepath.Join(dir, "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		if err := initCluster(ctx, bin, dir, as); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := []string{"-D", data}
	if !durable {
		args = append(args, strings.Fields(hasty)...)
	}
	c.server = exec.Command(filepath.Join(bin, "postgres"), args...)
	c.server.SysProcAttr, c.server.Dir, c.server.Stdout, c.server.Stderr = as, dir, log, log
	if err := c.server.Start(); err != nil {
		return nil, err
	}
	for exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "--quiet", "--host", dir).Run() != nil {
		if ctx.Err() != nil || syscall.Kill(c.server.Process.Pid, 0) != nil {
			return nil, errors.Join(errors.New("postgres does not start: see "+log.Name()), c.stop())
		}
		time.Sleep(100 * time.Millisecond)
	}
	return c, nil
}

func initCluster(ctx context.Context, bin, dir string, as *syscall.SysProcAttr) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(dir, "data"), "--username=postgres",
		"--auth=trust", "--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-GB", "--locale=C.UTF-8")
	cmd.SysProcAttr, cmd.Dir = as, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(dir, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conf, settings, dir)
	return errors.Join(err, conf.Close())
}

// url is the address of a database.
func (c *cluster) url(name string) string {
	return "postgres:///" + name + "?user=postgres&host=" + url.QueryEscape(c.dir)
}

// stop ends the server and waits for it.
func (c *cluster) stop() error {
	if err := c.server.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	return c.server.Wait()
}

// pids are those of the server's processes.
func (c *cluster) pids() []int {
	all := []int{c.server.Process.Pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(all[0]) {
			pid, _ := strconv.Atoi(strings.Split(name, "/")[2]) // the pattern has digits there
			all = append(all, pid)
		}
	}
	return all
}

// postgresBin prefers the newest of Debian's versions to what is on the PATH.
func postgresBin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well-formed
	slices.Sort(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("there is no Postgres here: install it (Debian: apt-get install postgresql)")
	}
	return filepath.Dir(path), nil
}

// postgresUser makes dir and says as whom the server runs, which must not be root.
func postgresUser(dir string) (*syscall.SysProcAttr, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	own := &syscall.SysProcAttr{Setpgid: true}
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
