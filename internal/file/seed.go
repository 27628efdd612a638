package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/change"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/file/inspect"
	"github.com/cpics/working-together-api/internal/file/report"
)

// Known is a file that comes with the program: what a look at its bytes would tell is told by its document, so that
// the first start is quick. A test of the starter content looks, and compares.
type Known struct {
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Pages     int    `json:"pages"` // of a document; one whose bytes everybody can read
	content.FileWords
}

// Info is what a look at the bytes would tell.
func (k Known) Info() inspect.Info {
	info := inspect.Info{MediaType: k.MediaType, Width: k.Width, Height: k.Height, Pages: k.Pages}
	if k.Pages > 0 {
		info.Accessibility = report.NewAccessibility(nil)
	}
	return info
}

// ReadKnown reads the document of such a file.
func ReadKnown(input []byte) (k Known, err error) {
	err = json.Unmarshal(input, &k, json.RejectUnknownMembers(true))
	return k, err
}

// Seeder stores files that come with the program under the given ids; load gives their bytes by name. A
// scanner looks at them when the service starts that has one: see RequireScans.
func Seeder(blobs *blob.Store, load func(name string) ([]byte, error)) func(*database.Tx, *change.Log, auth.Actor, uuid.UUID, []byte) error {
	return func(tx *database.Tx, _ *change.Log, by auth.Actor, id uuid.UUID, input []byte) error {
		known, err := ReadKnown(input)
		if err != nil {
			return fmt.Errorf("read what is known of a file: %w", err)
		}
		b, err := load(known.Name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		u := &upload{name: known.Name, size: int64(len(b)), sha256: hex.EncodeToString(sum[:])}
		key := keyOf(u.sha256)
		if err := blobs.Put(tx.Statement.Context, key, bytes.NewReader(b)); err != nil {
			return err
		}
		if _, err := adopt(tx, key, u); err != nil {
			return err
		}
		_, err = (&Service{}).create(tx, by, id, u, known.Info(), known.FileWords)
		return err
	}
}
