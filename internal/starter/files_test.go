package starter_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/cpics/working-together-api/internal/file"
	"github.com/cpics/working-together-api/internal/file/inspect"
	"github.com/cpics/working-together-api/internal/file/picture"
	"github.com/cpics/working-together-api/internal/starter"
)

// Every file goes in as an upload would, tells nothing about people, and can be read by everybody.
func TestTheFilesAreOnesThatTheServiceTakes(t *testing.T) {
	docs, err := starter.Documents()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]file.Known{}
	for _, d := range docs {
		if d.Type == "file" {
			k, err := file.ReadKnown(d.Input)
			if err != nil {
				t.Fatalf("%s: %v", d.ID, err)
			}
			known[k.Name] = k
		}
	}
	documents := 0
	for _, name := range starter.FileNames() {
		b, err := starter.File(name)
		if err != nil {
			t.Fatal(err)
		}
		src := bytes.NewReader(b)
		info, err := inspect.Inspect(t.Context(), src, src.Size(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if told := known[name].Info(); !reflect.DeepEqual(told, info) {
			t.Errorf("%s is said to be %+v, and is %+v", name, told, info)
		}
		if a := info.Accessibility; a != nil {
			documents++
			if !a.Passed || len(a.Findings) > 0 || info.Pages == 0 {
				t.Errorf("%s: %d pages, %+v", name, info.Pages, a)
			}
		}
		if picture.Is(info.MediaType) {
			if changed, err := picture.Strip(t.Context(), &bytes.Buffer{}, src, src.Size(), info.MediaType); changed || err != nil {
				t.Errorf("%s holds more than the image: %v", name, err)
			}
		}
		if len(b) > 200_000 {
			t.Errorf("%s has %d bytes: it is part of the program", name, len(b))
		}
	}
	if documents == 0 {
		t.Error("there is no document")
	}
}
