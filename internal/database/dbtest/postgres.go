package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/cpics/working-together-api/internal/database/dbtest/cluster"
	"github.com/cpics/working-together-api/migrations"
)

// server is the Postgres server of this process.
type server struct {
	url      *url.URL
	admin    *sql.DB
	template func() (string, error) // the name of a migrated database to copy
}

// theServer is TEST_DATABASE_URL's or one that ends with this process.
var theServer = sync.OnceValues(func() (*server, error) {
	address := os.Getenv("TEST_DATABASE_URL")
	if address == "" {
		c, err := cluster.Start(context.Background())
		if err != nil {
			return nil, err
		}
		address = c.URL
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	admin, err := sql.Open("pgx", address)
	if err != nil {
		return nil, fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	admin.SetMaxOpenConns(4)
	s := &server{url: u, admin: admin}
	s.template = sync.OnceValues(s.makeTemplate)
	return s, nil
})

// postgresURL makes a database, a copy of the template or an empty one, and drops it when the test ends.
func postgresURL(t testing.TB, withSchema bool) string {
	t.Helper()
	s, err := theServer()
	check(t, err)
	template := "template0"
	if withSchema {
		template, err = s.template()
		check(t, err)
	}
	name := "wt_test_" + hex.EncodeToString(random())
	// Files are copied as they are: through the log, as is the default, a copy costs more than most tests.
	check(t, s.exec("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", name, template))
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE %s WITH (FORCE)", name); err != nil {
			t.Error("removing the test's database:", err)
		}
	})
	return s.address(name)
}

func (s *server) exec(format string, names ...any) error {
	_, err := s.admin.Exec(fmt.Sprintf(format, names...))
	return err
}

func (s *server) address(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}

// makeTemplate makes the template of this schema, once for all test processes on the server: its name tells the
// migrations it has, and it gets that name only when it is finished.
func (s *server) makeTemplate() (string, error) {
	ctx := context.Background()
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := s.admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext('wt_template'))"); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()")
	var exists bool
	err = conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	return name, s.buildTemplate(name)
}

func (s *server) buildTemplate(name string) error {
	const building = "wt_building"
	if err := s.exec("DROP DATABASE IF EXISTS %s WITH (FORCE)", building); err != nil {
		return err
	}
	if err := s.exec("CREATE DATABASE %s TEMPLATE template0", building); err != nil {
		return err
	}
	if err := migrated(s.address(building)); err != nil {
		return err
	}
	return s.exec("ALTER DATABASE %s RENAME TO %s", building, name)
}

// templateName tells schemas apart by all that makes them.
func templateName() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := migrations.FS.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(file), file)
		return err
	})
	return "wt_template_" + hex.EncodeToString(sum.Sum(nil)[:8]), err
}

func random() []byte {
	id := uuid.New()
	return id[:]
}
