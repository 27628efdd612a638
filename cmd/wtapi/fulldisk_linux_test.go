package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// largestFile, when set, is how many bytes a file of the program may have: what is written beyond them fails, as on a
// disk that is full.
const largestFile = "WTAPI_TEST_LARGEST_FILE"

func init() {
	most, err := strconv.ParseUint(os.Getenv(largestFile), 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // which would end the program, where a full disk gives an error
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		panic(err)
	}
}

// TestAFullDisk: an upload that the disk has no room for is refused in words for its sender, nothing of it stays, and
// what does fit is taken after it. As root there is a small disk; anybody has a limit on files, which leaves room for
// the database and not for the upload.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, engine database.Engine) {
		t.Run("limit", func(t *testing.T) {
			const most = 24 << 20
			fullDisk(t, engine, t.TempDir(), []int{most + 1<<20, most + 8<<20}, fmt.Sprintf("%s=%d", largestFile, most))
		})
		if os.Getuid() != 0 {
			return
		}
		t.Run("disk", func(t *testing.T) {
			folder := t.TempDir()
			if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err == syscall.EPERM { // root of a container that may not
				return
			} else {
				must(t, err)
			}
			t.Cleanup(func() { must(t, syscall.Unmount(folder, 0)) })
			fullDisk(t, engine, folder, []int{700 << 10, 8 << 20}) // of the first there is room for one copy, not for two
		})
	})
}

// fullDisk uploads files that are too large for the folder, and one that is not.
func fullDisk(t *testing.T, engine database.Engine, folder string, sizes []int, settings ...string) {
	t.Helper()
	db := dbtest.URL(t, engine)
	p := serve(t, append(settings, "WT_DATABASE_URL="+db, "WT_BLOB_URL=file:"+folder, "WT_SEED=off")...)
	token, err := wtapi(t, db, "token", "create", "--name=tester", "--role=editor")
	must(t, err)
	token = strings.TrimSpace(token)
	for _, size := range sizes {
		answer, body := p.upload(token, size)
		if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" || !strings.Contains(body, "#unavailable") || !strings.Contains(body, "Try again") || strings.Contains(body, folder) {
			t.Errorf("%d bytes: %s %v %s", size, answer.Status, answer.Header, body)
		}
		if kept, open := files(t, folder), p.openBelow(folder); len(kept)+len(open) > 0 {
			t.Errorf("%d bytes: left behind: %v, and open: %v", size, kept, open)
		}
		p.want("/v1/files", token, `"total":0`)
	}
	if answer, body := p.upload(token, 100<<10); answer.StatusCode != 201 {
		t.Errorf("once there is room: %s %s", answer.Status, body)
	}
	if kept := files(t, folder); len(kept) != 1 {
		t.Errorf("kept: %v", kept)
	}
	p.stop()
}

// upload sends a text of so many bytes.
func (p *process) upload(token string, size int) (*http.Response, string) {
	p.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "a.txt")
	must(p.t, err)
	_, err = part.Write(bytes.Repeat([]byte("Some text\n"), size/10))
	must(p.t, err)
	must(p.t, w.Close())
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/v1/files", &form)
	must(p.t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", w.FormDataContentType())
	response, err := http.DefaultClient.Do(request)
	must(p.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(p.t, err)
	return response, string(body)
}

// openBelow lists what the process has open below a folder, with or without a name.
func (p *process) openBelow(folder string) (open []string) {
	p.t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
	must(p.t, err)
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, folder+"/") { // others come and go
			open = append(open, target)
		}
	}
	return open
}

// files lists the files below a folder.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}
