package cluster

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestAClusterLivesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	url, dir := start(t)
	for range 3 { // nobody holds the cluster any more, which must not end it
		runtime.GC()
		runtime.Gosched()
	}
	ask(t, url)
	running.Range(func(c, _ any) bool {
		if err := c.(*Cluster).Stop(); err != nil {
			t.Error("Stop:", err)
		}
		return true
	})
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stop left %s behind: %v", dir, err)
	}
}

func start(t *testing.T) (url, dir string) {
	t.Helper()
	c, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.URL, c.dir
}

func ask(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var answer int
	if err := conn.QueryRow(t.Context(), "SELECT 42").Scan(&answer); err != nil || answer != 42 {
		t.Errorf("answer %d, %v", answer, err)
	}
}
