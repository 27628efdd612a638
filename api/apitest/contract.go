package apitest

import (
	"net/http"
	"testing"
)

// client follows no redirect, and decodes no coding that the test did not ask for.
func client(testing.TB) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
