// Command withpostgres runs a command with WT_DATABASE_URL set to an empty database, which is gone afterwards. The
// server is the one that TEST_DATABASE_URL names, else a throw-away one.
//
//	withpostgres COMMAND [ARGUMENT]…
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cpics/working-together-api/internal/database/dbtest/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpostgres:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command []string) (err error) {
	if len(command) == 0 {
		return errors.New("which command?")
	}
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		own, startErr := cluster.Start(ctx)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, own.Stop()) }()
		server = own.URL
	}
	name := fmt.Sprintf("wtapi_verify_%d", os.Getpid())
	if err := execute(ctx, server, "CREATE DATABASE "+name); err != nil {
		return err
	}
	defer func() {
		// ctx may be done already; the database must go all the same.
		err = errors.Join(err, execute(context.WithoutCancel(ctx), server, "DROP DATABASE "+name+" WITH (FORCE)"))
	}()
	database, err := url.Parse(server)
	if err != nil {
		return err
	}
	database.Path = "/" + name
	return start(ctx, database.String(), command)
}

// start runs the command to its end; an interrupt reaches it as one.
func start(ctx context.Context, database string, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "WT_DATABASE_URL="+database)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
