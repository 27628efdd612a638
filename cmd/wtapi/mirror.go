package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cpics/working-together-api/internal/mirror"
)

type mirrorCmd struct {
	URL    string `arg:"" help:"Address of the service, such as https://api.example.nhs.uk."`
	Folder string `arg:"" help:"Where to keep the copy; made where it is missing. Any static web server can serve it."`
	Follow bool   `help:"Go on: whatever is published, changed or removed is followed within a second."`
}

// Run mirrors what the service shows. A pass that was stopped goes on where it was when it is run again.
func (c *mirrorCmd) Run(ctx context.Context, p *program) (err error) {
	cfg, err := p.settings.read()
	if err != nil {
		return err
	}
	api, err := serviceURL(c.URL)
	if err != nil {
		return fmt.Errorf("%s: %w", c.URL, err)
	}
	m, err := mirror.Open(mirror.Config{API: api, Folder: c.Folder, Log: newLog(p.stderr, cfg.logLevel)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if c.Follow {
		err = m.Follow(ctx)
	} else {
		err = m.Pass(ctx)
	}
	fmt.Fprintf(p.stdout, "%s mirrors %s: %d items stored, %d deleted, %d files fetched\n", c.Folder, api, m.Counts.Stored, m.Counts.Deleted, m.Counts.Files)
	return err
}
