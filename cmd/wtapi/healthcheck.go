package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthcheckCmd lets an image without a shell check itself.
type healthcheckCmd struct{}

const healthcheckTimeout = 2 * time.Second

// Run fails unless the service on this machine says that it is alive.
func (healthcheckCmd) Run(ctx context.Context, p *program) error {
	cfg, err := p.settings.read()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.listen.reachable().String()+"/healthz", nil)
	if err != nil {
		return err
	}
	response, err := new(http.Transport).RoundTrip(request) // whatever proxy the environment names
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}
