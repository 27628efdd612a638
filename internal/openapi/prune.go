package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
)

// dropUnused takes out the types that nothing in the document refers to any more.
func (c *converter) dropUnused() error {
	for {
		encoded, err := json.Marshal(c.doc)
		if err != nil {
			return fmt.Errorf("writing the document: %w", err)
		}
		text, dropped := string(encoded), false
		for name := range c.doc.Components.Schemas {
			if !strings.Contains(text, `"#/components/schemas/`+name+`"`) {
				delete(c.doc.Components.Schemas, name)
				dropped = true
			}
		}
		if !dropped {
			return nil
		}
	}
}
