package inspect_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

const xmp = "<</Type/Metadata/Subtype/XML/Length 155>>stream\n" +
	`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Title</rdf:li></rdf:Alt></dc:title></rdf:Description></x:xmpmeta>` + "\nendstream"

// packed has one more object, inside an object stream.
func packed(t testing.TB, object string) []byte {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := fmt.Fprintf(w, "9 0 %s", object); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return goodPDF("", fmt.Sprintf("<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream", z.Len(), z.String()))
}

func packedScript(t testing.TB) []byte {
	t.Helper()
	return packed(t, "<</S/JavaScript/JS(app.alert(1))>>")
}

// replaced had a figure without a text alternative, until somebody described it and saved what changed.
func replaced() []byte {
	return append(goodPDF("", "<</Type/StructElem/S/Figure/P 6 0 R>>"),
		"8 0 obj<</Type/StructElem/S/Figure/P 6 0 R/Alt(Described)>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"...)
}

// lying finds the size of a part in the list of a ZIP and puts another in its place.
func lying(t testing.TB, file []byte, size, claim uint32) []byte {
	t.Helper()
	at := bytes.LastIndex(file, binary.LittleEndian.AppendUint32(nil, size))
	if at < 0 {
		t.Fatal("no such size")
	}
	binary.LittleEndian.PutUint32(file[at:], claim)
	return file
}
