// Package docs holds what the service tells about itself: the API's description in three forms, generated from
// the handlers' annotations, and the pages that show it to people. All of it is part of the binary, so that it
// works in a closed network too.
package docs

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:generate go run ../internal/openapi/gen .. .

// standIn is where the generated files name the service's own address.
const standIn = "http://127.0.0.1:8080"

var (
	//go:embed openapi.json
	openAPIJSON []byte
	//go:embed openapi.yaml
	openAPIYAML []byte
	//go:embed swagger.json
	swaggerJSON []byte

	//go:embed reference
	reference embed.FS
)

// OpenAPIJSON is the description in OpenAPI 3.0.3, as served at baseURL (without a slash at its end).
func OpenAPIJSON(baseURL string) []byte { return served(openAPIJSON, baseURL) }

// OpenAPIYAML is the same in YAML.
func OpenAPIYAML(baseURL string) []byte { return served(openAPIYAML, baseURL) }

// SwaggerJSON is the description in Swagger 2.0: only what the annotations say, without the error answers and
// headers that OpenAPIJSON adds.
func SwaggerJSON(baseURL string) []byte { return served(swaggerJSON, baseURL) }

// served puts the service's address, in which nothing needs escaping in JSON or YAML, in the place of the stand-in.
func served(document []byte, baseURL string) []byte {
	return bytes.ReplaceAll(document, []byte(standIn), []byte(baseURL))
}

// Page gives the HTML page or template with the name.
func Page(name string) (string, error) {
	page, err := reference.ReadFile("reference/" + name)
	if err != nil {
		return "", fmt.Errorf("reading the page: %w", err)
	}
	return string(page), nil
}

// Assets lists the names of the files that the pages load.
func Assets() ([]string, error) {
	entries, err := fs.ReadDir(reference, "reference/assets")
	if err != nil {
		return nil, fmt.Errorf("listing the assets: %w", err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".gz")
	}
	return names, nil
}

// Asset gives a file that the pages load. The large ones are kept compressed, which costs some milliseconds.
func Asset(name string) ([]byte, error) {
	plain, err := reference.ReadFile(path.Join("reference/assets", name))
	if err == nil {
		return plain, nil
	}
	packed, err := reference.Open(path.Join("reference/assets", name+".gz"))
	if err != nil {
		return nil, fmt.Errorf("reading the asset: %w", err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", name, err)
	}
	return io.ReadAll(unpacked)
}
