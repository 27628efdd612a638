package apitest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/cpics/working-together-api/docs"
	"github.com/cpics/working-together-api/internal/openapi/contracttest"
)

// Contract holds every answer that any test of the process gets against the published description.
var Contract = sync.OnceValues(func() (*contracttest.Checker, error) {
	return contracttest.Load(docs.OpenAPIJSON(BaseURL))
})

// client follows no redirect, decodes no coding that the test did not ask for, and fails the test when an answer is
// not as described.
func client(t testing.TB) *http.Client {
	t.Helper()
	checker, err := Contract()
	if err != nil {
		t.Fatal(err)
	}
	return checker.Client(t, &http.Transport{DisableCompression: true, DisableKeepAlives: true})
}
