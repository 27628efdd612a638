package apitest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
)

// Part is one part of an upload: a text under its name, or, where Filename is set, a file.
type Part struct {
	Name, Text, Filename string
	Header               textproto.MIMEHeader // further ones
}

// FilePart is the file of an upload.
func FilePart(filename, bytes string) Part {
	return Part{Name: "file", Text: bytes, Filename: filename}
}

// Form is the body of an upload and its Content-Type.
func Form(t testing.TB, parts ...Part) ([]byte, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		for name, values := range p.Header {
			header[name] = values
		}
		disposition := `form-data; name="` + p.Name + `"`
		if p.Filename != "" {
			disposition += `; filename="` + strings.NewReplacer(`\`, `\\`, `"`, "%22", "\r", "%0D", "\n", "%0A").Replace(p.Filename) + `"`
		}
		header.Set("Content-Disposition", disposition)
		part, err := w.CreatePart(header)
		if err == nil {
			_, err = part.Write([]byte(p.Text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body.Bytes(), w.FormDataContentType()
}

// Upload sends a form.
func (c Client) Upload(parts []Part, headers ...Header) *Answer {
	c.t.Helper()
	body, mediaType := Form(c.t, parts...)
	return c.Do("POST", "/v1/files", body, append([]Header{{"Content-Type", mediaType}}, headers...)...)
}

// PNG is an image of a size, of which there is one for each shade.
func PNG(t testing.TB, width, height int, shade uint8) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.SetGray(x, y, color.Gray{Y: shade + uint8(x*y)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
