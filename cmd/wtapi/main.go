// Command wtapi is the Working Together API as its operator sees it: the service and what is done to it from the
// command line. Each sub-command has a file of its own; run.go lists them, settings.go what can be set.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wtapi:", explain(err))
		os.Exit(1)
	}
}
