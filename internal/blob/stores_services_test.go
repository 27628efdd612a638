//go:build services

package blob_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/cpics/working-together-api/internal/blob/blobtest"
	"github.com/cpics/working-together-api/internal/errs"
)

func TestS3(t *testing.T) { behaves(t, open(t, blobtest.S3(t))) }

func TestAzure(t *testing.T) { behaves(t, open(t, blobtest.Azure(t))) }

// TestFullDisk: what has no room is refused, nothing of it stays, and what is kept stays whole.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Fatalf("run as root, to mount a small disk: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	s := open(t, "file:"+dir)
	small, large := bytes.Repeat([]byte("s"), 1<<20), bytes.Repeat([]byte("l"), 8<<20)
	if err := s.Put(t.Context(), "ab/small", bytes.NewReader(small)); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "ab/large", bytes.NewReader(large)); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("%v", err)
	}
	wantKeys(t, s, "ab/small")
	if got := read(t, s, "ab/small", 1<<20, 0); !bytes.Equal(got, small) {
		t.Error("what was kept has changed")
	}
	if names, err := os.ReadDir(dir + "/ab"); err != nil || len(names) != 1 {
		t.Errorf("%v %v", names, err)
	}
	if err := s.Put(t.Context(), "ab/again", bytes.NewReader(small)); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}
