package inspect_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/inspect"
)

// FuzzInspect wants an answer for the uploader, in time, whatever the bytes are.
func FuzzInspect(f *testing.F) {
	for name, file := range map[string][]byte{
		"a.pdf": goodPDF(""), "b.pdf": packedScript(f), "c.pdf": hiddenScript(), "d.pdf": replaced(), "a.png": pngFile(f), "a.jpg": jpegFile(f),
		"a.gif": gifFile(f), "a.mp4": film(), "a.docx": zipFile(f, docx()...), "a.pptx": zipFile(f, pptx()...), "a.xlsx": zipFile(f, xlsx()...),
		"a.odt": zipFile(f, odt()...), "a.txt": []byte("text"), "a.csv": []byte("a,b\n"),
	} {
		f.Add(file, name)
	}
	f.Fuzz(func(t *testing.T, file []byte, name string) {
		began := time.Now()
		info, err := inspect.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), name)
		var refused *errs.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%v, which is no answer for the uploader", err)
		}
		if (err == nil) != (info.MediaType != "") {
			t.Fatalf("%+v, %v", info, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
