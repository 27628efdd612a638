// Package starter holds the content that a new service begins with: the guiding principles, their page, toolkit and
// first case studies. It is one YAML file a document under content, in the order of the file names, for people to edit.
// Ids and times are fixed, so that any two services agree on them; of the times only the year of the principles is
// known from their launch, the rest is ours.
package starter

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"
)

// Document is one piece of content, ready to be written and published as an editor would.
type Document struct {
	Type        string          // the type that the item will show, such as "case-study"
	ID          uuid.UUID       // the id it gets
	PublishedAt time.Time       // when it counts as published: UTC, whole seconds
	Input       json.RawMessage // the body that PUT takes
}

//go:embed content/*.yaml
var content embed.FS

// Documents gives the starter content. What a document links to comes before it.
func Documents() ([]Document, error) { return Read(content, "content/*.yaml") }

// Read gives the documents of the files that match the pattern, in the order of their names. It refuses a file with a
// key that does not belong there and one without a type, id, time or input. Whether the input is acceptable
// is for those to say who write it.
func Read(files fs.FS, pattern string) ([]Document, error) {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, fmt.Errorf("starter content: %w", err)
	}
	documents := make([]Document, 0, len(names))
	for _, name := range names {
		d, err := read(files, name)
		if err != nil {
			return nil, fmt.Errorf("starter content: %s: %w", name, err)
		}
		documents = append(documents, d)
	}
	return documents, nil
}

func read(files fs.FS, name string) (Document, error) {
	f, err := files.Open(name)
	if err != nil {
		return Document{}, err
	}
	defer f.Close()
	return decode(f)
}

func decode(r io.Reader) (Document, error) {
	var file struct {
		Type        string         `yaml:"type"`
		ID          uuid.UUID      `yaml:"id"`
		PublishedAt time.Time      `yaml:"publishedAt"`
		Input       map[string]any `yaml:"input"`
	}
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return Document{}, err
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return Document{}, errors.New("more follows the document")
	}
	at := file.PublishedAt.UTC()
	if file.Type == "" || file.ID == uuid.Nil || at.IsZero() || !at.Equal(at.Truncate(time.Second)) || len(file.Input) == 0 {
		return Document{}, errors.New("type, id, publishedAt (in whole seconds) and input are needed")
	}
	input, err := json.Marshal(file.Input)
	if err != nil {
		return Document{}, err
	}
	return Document{Type: file.Type, ID: file.ID, PublishedAt: at, Input: input}, nil
}
