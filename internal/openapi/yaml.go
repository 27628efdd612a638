package openapi

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML writes a JSON document as YAML, members in the same order.
func YAML(document []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil { // JSON is YAML
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	asBlocks(&root)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&root); err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	return out.Bytes(), nil
}

// asBlocks takes JSON's braces and quotes away; the encoder puts quotes where a value needs them.
func asBlocks(node *yaml.Node) {
	node.Style = 0
	if strings.Contains(node.Value, "\n") {
		node.Style = yaml.LiteralStyle
	}
	for _, child := range node.Content {
		asBlocks(child)
	}
}
