package api

import (
	"time"

	"github.com/cpics/working-together-api/internal/content/rest"
	"github.com/cpics/working-together-api/internal/file"
)

// fileGrace is how long a file that nothing uses is kept where Config says nothing.
const fileGrace = 24 * time.Hour

// newFiles makes what takes files, keeps them and gives them out.
func newFiles(cfg Config, services rest.Services) *file.Service {
	if cfg.FileGrace == 0 {
		cfg.FileGrace = fileGrace
	}
	files := &file.Service{Services: services, Blobs: cfg.Blobs, Log: cfg.Log, MaxBytes: int64(cfg.MaxUploadMB) << 20,
		Grace: cfg.FileGrace, Scanner: cfg.Scanner}
	services.Writes.AlsoErase(files.EraseNow)
	return files.Start()
}
