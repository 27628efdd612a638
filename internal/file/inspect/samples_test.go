package inspect_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// drawing is an image in which no two corners are alike.
func drawing(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{byte(x), byte(y), byte(x + y), 255})
		}
	}
	return img
}

func pngFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawing(64, 48)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawing(64, 48), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, drawing(64, 48), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngHeader is a PNG that says it is of the size, and holds next to nothing.
func pngHeader(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	header = binary.BigEndian.AppendUint32(header, h)
	header = append(header, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(header))
	for _, chunk := range []string{"IDAT", "IEND"} {
		b = append(b, 0, 0, 0, 0)
		b = append(b, chunk...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(chunk)))
	}
	return b
}

// box is a box of a film.
func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + name + body
}

func film() []byte {
	tkhd := strings.Repeat("\x00", 76) + "\x02\x80\x00\x00\x01\x68\x00\x00" // 640 × 360
	return []byte(box("ftyp", "isom\x00\x00\x02\x00isommp41") + box("moov", box("trak", box("tkhd", tkhd))) + box("mdat", "frames"))
}

// pdfFile writes a PDF of numbered objects, from 1: 1 is the catalogue and 3 the page. Empty ones are left out.
func pdfFile(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<</Root 1 0 R/Info 4 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return []byte(b.String())
}

// The objects of a PDF that lacks nothing.
const (
	catalogue = "<</Type/Catalog/Pages 2 0 R/Lang(en-GB)/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R/ViewerPreferences<</DisplayDocTitle true>>"
	pageTree  = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
	page      = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>>>"
	info      = "<</Title(Guiding principles)>>"
	font      = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
	tree      = "<</Type/StructTreeRoot/K 7 0 R>>"
	figure    = "<</Type/StructElem/S/Figure/P 6 0 R/Alt(Three people)>>"
)

// goodPDF has more in its catalogue, and further objects from 8.
func goodPDF(catalogueToo string, more ...string) []byte {
	return pdfFile(append([]string{catalogue + catalogueToo + ">>", pageTree, page, info, font, tree, figure}, more...)...)
}

// part is a part of a document that is a ZIP.
type part struct{ name, content string }

// zipFile writes the parts; mimetype is stored, as OpenDocument wants.
func zipFile(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		method := zip.Deflate
		if p.name == "mimetype" {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(p.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// with replaces the parts of the same names, and adds the others.
func with(parts []part, more ...part) []part {
	all := append([]part(nil), parts...)
next:
	for _, m := range more {
		for i := range all {
			if all[i].name == m.name {
				all[i] = m
				continue next
			}
		}
		all = append(all, m)
	}
	return all
}

const contentTypes = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/x" ContentType="application/vnd.openxmlformats-officedocument.%s.main+xml"/></Types>`

// docx lacks nothing. Its picture is described.
func docx() []part {
	return []part{
		{"[Content_Types].xml", fmt.Sprintf(contentTypes, "wordprocessingml.document")},
		{"docProps/core.xml", `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>Guiding principles</dc:title></cp:coreProperties>`},
		{"docProps/app.xml", `<Properties><Pages>3</Pages></Properties>`},
		{"word/styles.xml", `<w:styles xmlns:w="w"><w:docDefaults><w:lang w:val="en-GB"/></w:docDefaults></w:styles>`},
		{"word/document.xml", `<w:document xmlns:w="w" xmlns:wp="p"><w:body><w:p><wp:docPr id="1" name="Picture 1" descr="Three people"/></w:p></w:body></w:document>`},
		{"word/_rels/document.xml.rels", `<Relationships><Relationship Id="1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="https://www.example.nhs.uk" TargetMode="External"/></Relationships>`},
	}
}

func pptx() []part {
	slide := `<p:sld xmlns:p="p" xmlns:a="a"><p:pic><p:nvPicPr><p:cNvPr id="2" name="Picture" descr="Three people"/></p:nvPicPr></p:pic><a:rPr lang="en-GB"/></p:sld>`
	return []part{
		{"[Content_Types].xml", fmt.Sprintf(contentTypes, "presentationml.presentation")},
		{"docProps/core.xml", docx()[1].content},
		{"ppt/presentation.xml", `<p:presentation xmlns:p="p"/>`},
		{"ppt/slides/slide1.xml", slide}, {"ppt/slides/slide2.xml", slide},
		{"ppt/slideLayouts/slideLayout1.xml", `<p:pic xmlns:p="p"><p:cNvPr id="9" name="Logo"/></p:pic>`},
	}
}

func xlsx() []part {
	return []part{
		{"[Content_Types].xml", fmt.Sprintf(contentTypes, "spreadsheetml.sheet")},
		{"docProps/core.xml", docx()[1].content},
		{"xl/workbook.xml", `<workbook/>`},
		{"xl/worksheets/sheet1.xml", `<worksheet/>`},
	}
}

const (
	odMeta   = `<office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><dc:title>Guiding principles</dc:title><meta:document-statistic meta:page-count="2"/></office:document-meta>`
	odStyles = `<office:document-styles xmlns:office="o" xmlns:style="s" xmlns:fo="f"><style:text-properties fo:language="en" fo:country="GB"/></office:document-styles>`
	odFrame  = `<draw:frame><draw:image xlink:href="Pictures/1.png"/><svg:desc>Three people</svg:desc></draw:frame>`
)

func odt() []part {
	return []part{
		{"mimetype", "application/vnd.oasis.opendocument.text"},
		{"meta.xml", odMeta}, {"styles.xml", odStyles},
		{"content.xml", `<office:document-content>` + odFrame + `</office:document-content>`},
		{"META-INF/manifest.xml", `<manifest:manifest><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/></manifest:manifest>`},
	}
}

func odp() []part {
	return with(odt(), part{"mimetype", "application/vnd.oasis.opendocument.presentation"},
		part{"content.xml", `<office:document-content><draw:page>` + odFrame + `</draw:page><draw:page/></office:document-content>`})
}
