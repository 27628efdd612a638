// Command runtests runs "go test" with the arguments it is given, ./... without any, on one Postgres server for all
// packages, and counts what ran on which engine. The server is the one that TEST_DATABASE_URL names, else a
// throw-away one that is gone afterwards, however the run ends.
//
// It exits with 1 when a test failed or was skipped, when nothing ran on an engine, or when the engines did not run
// the same tests. The last line is always "N passed, N failed".
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/cpics/working-together-api/internal/database/dbtest/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := newTally(os.Stdout)
	err := run(ctx, t, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "runtests:", err)
	}
	if good := t.report(); err != nil || !good {
		stop()
		os.Exit(1)
	}
}

// run fails when the tests could not be run or were interrupted; what they came to is in t.
func run(ctx context.Context, t *tally, args []string) (err error) {
	if os.Getenv("TEST_DATABASE_URL") == "" {
		server, err := cluster.Start(ctx)
		if err != nil {
			return err
		}
		defer func() {
			if stopErr := server.Stop(); stopErr != nil {
				fmt.Fprintln(os.Stderr, "runtests: stopping Postgres:", stopErr)
			}
		}()
		if err := os.Setenv("TEST_DATABASE_URL", server.URL); err != nil {
			return err
		}
	}
	if len(args) == 0 {
		args = []string{"./..."}
	}
	return goTest(ctx, t, args)
}

// goTest feeds t. An exit status of go test that t knows a reason for is no error of its own.
func goTest(ctx context.Context, t *tally, args []string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	// The go command does not pass an interrupt on to the tests, so it goes to the whole group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := t.read(out)
	if readErr != nil {
		_, _ = io.Copy(io.Discard, out) // go test must not hang on a pipe that nobody reads
	}
	switch err := cmd.Wait(); {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted")
	case readErr != nil:
		return readErr
	case err != nil && t.failed == 0:
		return fmt.Errorf("go test: %w", err)
	}
	return nil
}
