// Package clamdtest runs a real clamd for tests that have the build tag services. It knows one signature, of the
// harmless EICAR test file, and needs no download.
package clamdtest

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// EICAR is the test file that every scanner knows. It is put together here, or scanners would find this source.
const EICAR = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE` + `!$H+H*`

// MaxStream is the largest file that the daemon takes, in bytes.
const MaxStream = 2 << 20

// Daemon is a clamd of a test's own.
type Daemon struct {
	Address string // of its Unix socket
	dir     string
	cmd     *exec.Cmd
}

// Start runs a daemon until the test ends, and waits until it answers. Without the program, the test fails.
func Start(t testing.TB) *Daemon {
	t.Helper()
	d := New(t)
	d.Run(t)
	return d
}

// New prepares a daemon that does not run yet.
func New(t testing.TB) *Daemon {
	t.Helper()
	dir := t.TempDir()
	d := &Daemon{Address: filepath.Join(dir, "clamd.sock"), dir: dir}
	signature := "Test.EICAR:0:*:" + hex.EncodeToString([]byte(EICAR)) + "\n"
	config := fmt.Sprintf("Foreground yes\nLocalSocket %s\nDatabaseDirectory %s\nStreamMaxLength %d\nTemporaryDirectory %s\nMaxThreads 2\n",
		d.Address, dir, MaxStream, dir)
	for name, content := range map[string]string{"local.ndb": signature, "clamd.conf": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// Run starts the daemon.
func (d *Daemon) Run(t testing.TB) {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		t.Fatal("clamd is missing: install it (Debian: apt-get install clamav-daemon)")
	}
	d.cmd = exec.Command(program, "--config-file="+filepath.Join(d.dir, "clamd.conf"))
	output, err := os.Create(filepath.Join(d.dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stdout, d.cmd.Stderr = output, output
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		_, _ = d.cmd.Process.Wait()
		_ = output.Close()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("unix", d.Address); err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(output.Name())
			t.Fatalf("clamd does not answer:\n%s", said)
		}
	}
}
