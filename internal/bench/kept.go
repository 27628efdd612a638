package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// mostKept is what the folder of data sets may take, in GB of 10⁹ bytes.
const mostKept = 15

// addKept adds how much of the disk the folder takes as it is now: data sets, copies of them, and Postgres with its log.
func (b *bench) addKept() error {
	bytes, err := onDisk(b.dir)
	if err == nil {
		b.add(result{"disk", "the folder of data sets, both engines", mostKept, false, []float64{float64(bytes) / 1e9}, "GB", ""})
	}
	return err
}

// onDisk counts the bytes that all files of a folder take, as du does. What goes meanwhile is not counted.
func onDisk(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = d.Info()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			bytes += info.Sys().(*syscall.Stat_t).Blocks * 512 // stat(2): whatever the file system's own blocks are
		}
		return err
	})
	return bytes, err
}

// named is what names of data sets look like: see databaseName. The first part is the version.
var named = regexp.MustCompile(`bench_v(\d+)_\d+`)

// outdated says whether a name is that of another version's data set, or of a copy that a run has left behind.
func outdated(name string) bool {
	of := named.FindStringSubmatch(name)
	return of != nil && of[1] != strconv.Itoa(version) || strings.HasPrefix(name, "bench_copy_")
}

// tidy removes data sets that another version of this program has made: they would only take room.
func (b *bench) tidy(ctx context.Context) error {
	files, err := os.ReadDir(b.dir)
	for _, file := range files {
		if err == nil && outdated(file.Name()) {
			err = os.Remove(filepath.Join(b.dir, file.Name()))
		}
	}
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, b.cluster.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database")
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if err == nil && outdated(name) {
			_, err = conn.Exec(ctx, "DROP DATABASE "+name)
		}
	}
	if err != nil {
		return fmt.Errorf("remove old data sets: %w", err)
	}
	return nil
}
