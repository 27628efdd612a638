package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOnDiskCountsAllFilesOfAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	before, err := onDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "sub/b"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 1<<20), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	after, err := onDisk(dir)
	if grown := after - before; err != nil || grown < 2<<20 || grown > 2<<20+1<<16 {
		t.Errorf("two files of 1 MiB take %d bytes, error %v", grown, err)
	}
}

func TestOutdatedNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		databaseName(10_000): false, databaseName(10_000) + ".db-wal": false, "sqlite_" + databaseName(1_000_000) + ".done": false,
		"bench_v5_10000": true, "bench_v5_1000000.db": true, "postgres_bench_v1_10000.done": true, "bench_copy_17": true,
		"copy.db": false, "postgres": false, "files": false,
	} {
		if outdated(name) != want {
			t.Errorf("outdated(%q) is not %t", name, want)
		}
	}
}
