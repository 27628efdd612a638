package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/health"
	"github.com/cpics/working-together-api/internal/web"
)

// Waiting answers for a service that has no database yet: the process is alive, and everything else is unavailable. cfg is
// that of the service, DB aside.
func Waiting(cfg Config) http.Handler {
	ip, err := web.TrustedProxies(cfg.TrustedProxies)
	if err != nil { // New is to say so
		ip = echo.ExtractIPDirect()
	}
	e := newEcho(cfg, ip)
	e.Use(func(echo.HandlerFunc) echo.HandlerFunc { return answerWaiting })
	return e
}

func answerWaiting(c echo.Context) error {
	switch c.Request().URL.Path {
	case "/healthz":
		return (*health.Checker)(nil).Live(c)
	case "/readyz":
		return health.Nothing()
	}
	return errs.New(errs.Unavailable, "The service is starting: its database does not answer yet, or is brought up to date. Try again shortly.")
}
