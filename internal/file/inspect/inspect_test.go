package inspect_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/inspect"
	"github.com/cpics/working-together-api/internal/file/report"
)

// look inspects bytes, and wants what is refused to be refused in words for the uploader.
func look(t testing.TB, file []byte, name string) (inspect.Info, error) {
	t.Helper()
	info, err := inspect.Inspect(t.Context(), bytes.NewReader(file), int64(len(file)), name)
	var refused *errs.Error
	switch {
	case err == nil:
		return info, nil
	case !errors.As(err, &refused):
		t.Fatalf("%s: %v, which is no answer for the uploader", name, err)
	case refused.Kind != errs.UnsupportedMediaType && refused.Kind != errs.InvalidContent:
		t.Fatalf("%s: %v is of kind %s", name, err, refused.Kind)
	case len(refused.Detail) < 30 || !strings.HasSuffix(refused.Detail, "."):
		t.Errorf("%s: the detail does not say what to do: %q", name, refused.Detail)
	case info != inspect.Info{}:
		t.Errorf("%s: refused, and described as %+v", name, info)
	}
	return info, err
}

func TestTakesEveryTypeOfTheListByItsBytes(t *testing.T) {
	t.Parallel()
	webp, err := os.ReadFile(filepath.Join("testdata", "still.webp"))
	if err != nil {
		t.Fatal(err)
	}
	moving, err := os.ReadFile(filepath.Join("testdata", "moving.webp"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		file []byte
		want inspect.Info
	}{
		{"a.pdf", goodPDF(""), inspect.Info{MediaType: inspect.PDF, Pages: 1}},
		{"a.png", pngFile(t), inspect.Info{MediaType: "image/png", Width: 64, Height: 48}},
		{"a.jpg", jpegFile(t), inspect.Info{MediaType: "image/jpeg", Width: 64, Height: 48}},
		{"A.JPEG", jpegFile(t), inspect.Info{MediaType: "image/jpeg", Width: 64, Height: 48}},
		{"a.gif", gifFile(t), inspect.Info{MediaType: "image/gif", Width: 64, Height: 48}},
		{"a.webp", webp, inspect.Info{MediaType: "image/webp", Width: 64, Height: 48}},
		{"moving.webp", moving, inspect.Info{MediaType: "image/webp", Width: 20, Height: 10}},
		{"a.mp4", film(), inspect.Info{MediaType: inspect.MP4, Width: 640, Height: 360}},
		{"a.docx", zipFile(t, docx()...), inspect.Info{MediaType: inspect.DOCX, Pages: 3}},
		{"a.pptx", zipFile(t, pptx()...), inspect.Info{MediaType: inspect.PPTX, Pages: 2}},
		{"main.docx", zipFile(t, with(docx(), packageRels("/Word/document.xml"))...), inspect.Info{MediaType: inspect.DOCX, Pages: 3}},
		{"link.pdf", goodPDF("", "<</S/URI/URI(https://www.example.nhs.uk/data:x)>>", "<</S/URI/URI 10 0 R>>", "(mailto:a@example.nhs.uk)"), inspect.Info{MediaType: inspect.PDF, Pages: 1}},
		{"a.xlsx", zipFile(t, xlsx()...), inspect.Info{MediaType: inspect.XLSX}},
		{"a.odt", zipFile(t, odt()...), inspect.Info{MediaType: inspect.ODT, Pages: 2}},
		{"a.odp", zipFile(t, odp()...), inspect.Info{MediaType: inspect.ODP, Pages: 2}},
		{"a.txt", []byte("Three principles: 1 < 2, and 3 > 2. Größe, naïve, 漢字."), inspect.Info{MediaType: inspect.TXT}},
		{"a.csv", []byte("\xef\xbb\xbfname,age\r\n\"Ann, B.\",5\r\n"), inspect.Info{MediaType: inspect.CSV}},
		{"no end", []byte("text"), inspect.Info{MediaType: inspect.TXT}},
		{"no end", pngFile(t), inspect.Info{MediaType: "image/png", Width: 64, Height: 48}},
	}
	for _, c := range cases {
		got, err := look(t, c.file, c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		accessibility := got.Accessibility
		if got.Accessibility = nil; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		isDocument := c.want.Pages > 0 || c.want.MediaType == inspect.XLSX
		switch {
		case isDocument != (accessibility != nil):
			t.Errorf("%s: accessibility %+v", c.name, accessibility)
		case isDocument && (!accessibility.Passed || len(accessibility.Findings) > 0):
			t.Errorf("%s lacks nothing, but %+v", c.name, accessibility)
		}
	}
}

func TestRefusesWhatABrowserOrAProgramWouldRun(t *testing.T) {
	t.Parallel()
	const script = "<script>alert(1)</script>"
	zipped := zipFile(t, docx()...)
	plain := docx()
	relation := func(kind string) part {
		return part{"word/_rels/settings.xml.rels", `<Relationships><Relationship Id="1" Type="http://x/` + kind + `" Target="file:///x" TargetMode="External"/></Relationships>`}
	}
	object8 := func(s string) []byte { return goodPDF("", s) }
	for name, file := range map[string][]byte{
		// What is HTML, SVG or XML, however it is dressed.
		"page.html": []byte("<!DOCTYPE html>" + script), "page.txt": []byte("  \n<HtMl>" + script), "tag.txt": []byte("<b>bold"), "bom.csv": []byte("\xef\xbb\xbf<script>"),
		"image.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "image.png": []byte(`<?xml version="1.0"?><svg/>`), "comment.txt": []byte("<!-- x -->"),
		"wide.txt": []byte("\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00"), "late.csv": []byte("a,b\n1," + script), "far.txt": []byte(strings.Repeat("x", 3<<16) + "<SCRIPT>"),
		"edge.txt": []byte(strings.Repeat("x", 1<<16-4) + "<script>"), "image.txt": []byte("see <img src=x onerror=alert(1)>"),

		// Two kinds of file at once.
		"a.png": append(pngFile(t), script...), "b.jpg": append(jpegFile(t), script...), "c.gif": append(gifFile(t), script...), "d.pdf": append(goodPDF(""), script...),
		"e.png": append(pngFile(t), zipped...), "f.jpg": append(jpegFile(t), zipped...), "g.gif": append(gifFile(t), zipped...), "h.pdf": append(goodPDF(""), zipped...),
		"i.docx": append(zipFile(t, plain...), script...), "j.docx": append([]byte(script), zipped...), "k.gif": []byte("GIF89a/*" + strings.Repeat("x", 100) + "*/=alert(1)//"),
		"l.pdf": bytes.Replace(goodPDF(""), []byte("%\xe2"), []byte("%<html>"+script+"\xe2"), 1), "m.jpg": append(jpegFile(t), "\xff\xd8\xff"+script...),
		"n.pdf": append(goodPDF(""), "junk %%EOF"...), "o.pdf": append([]byte("x"), goodPDF("")...), "p.png": append(pngFile(t), 0),

		// PDFs that act, or bring other files.
		"js.pdf": goodPDF("/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "escaped.pdf": goodPDF("/OpenAction<</S/J#61vaScript/#4aS(app.alert(1))>>"),
		"names.pdf": goodPDF("/Names<</JavaScript 8 0 R>>", "<</Names[(x)9 0 R]>>"), "launch.pdf": object8("<</Type/Action/S/Launch/F(cmd.exe)>>"),
		"embedded.pdf": goodPDF("/Names<</EmbeddedFiles<</Names[]>>>>"), "spec.pdf": object8("<</Type/Filespec/F(a.exe)/EF<</F 9 0 R>>>>"),
		"xfa.pdf": goodPDF("/AcroForm<</XFA 8 0 R>>", "<</Length 0>>stream\nendstream"), "attached.pdf": object8("<</Type/Annot/Subtype/FileAttachment/Rect[0 0 1 1]>>"),
		"film.pdf": object8("<</Type/Annot/Subtype/RichMedia/Rect[0 0 1 1]>>"), "deep.pdf": object8("[[[<</A[<</S/JavaScript>>]>>]]]"),
		"hidden.pdf": hiddenScript(), "packed.pdf": packedScript(t), "encrypted.pdf": bytes.Replace(goodPDF(""), []byte("trailer\n<<"), []byte("trailer\n<</Encrypt 8 0 R"), 1),

		"uri.pdf": object8("<</Type/Action/S/URI/URI(javascript:alert\\(1\\))>>"), "wide.pdf": object8("<</S/URI/URI<FEFF004A006100760061005300630072006900700074003A0031>>>"),
		"tab.pdf": object8("<</S/URI/URI( java\tscript:x)>>"), "data.pdf": object8("<</S/URI/URI(data:text/html,x)>>"), "vb.pdf": object8("<</S/URI/URI(VBScript:x)>>"),
		"drive.pdf": object8("<</S/URI/URI(file:///c:/x)>>"), "apart.pdf": goodPDF("", "<</S/URI/URI 9 0 R>>", "(javascript:alert)"), "base.pdf": goodPDF("/URI<</Base(javascript:)>>"),
		"baseapart.pdf": goodPDF("/URI<</Base 8 0 R>>", "(javascript:x)"),

		// Office documents that act.
		"macro.docx":    zipFile(t, with(plain, part{"word/vbaProject.bin", "x"})...),
		"disguised.pdf": zipFile(t, with(plain, part{"[Content_Types].xml", fmtTypes("application/vnd.ms-word.document.macroEnabled.main+xml")})...),
		"activex.docx":  zipFile(t, with(plain, part{"word/activeX/activeX1.xml", "<a/>"})...), "ole.docx": zipFile(t, with(plain, part{"word/embeddings/oleObject1.bin", "x"})...),
		"bin.docx": zipFile(t, with(plain, part{"word/embeddings/object.bin", "\xd0\xcf\x11\xe0"})...), "template.docx": zipFile(t, with(plain, relation("attachedTemplate"))...),
		"image.docx": zipFile(t, with(plain, relation("image"))...), "frame.docx": zipFile(t, with(plain, relation("frame"))...),
		"dde.docx":     zipFile(t, with(plain, part{"word/document.xml", `<w:document xmlns:w="w"><w:instrText> DDEAUTO c:\\x</w:instrText></w:document>`})...),
		"inner.pptx":   zipFile(t, with(pptx(), part{"ppt/embeddings/a.xlsx", string(zipFile(t, with(xlsx(), part{"xl/vbaProject.bin", "x"})...))})...),
		"doctype.docx": zipFile(t, with(plain, part{"word/document.xml", `<!DOCTYPE x [<!ENTITY a "b">]><x/>`})...), "links.xlsx": zipFile(t, with(xlsx(), part{"xl/externalLinks/externalLink1.xml", "<x/>"})...),
		"basic.odt": zipFile(t, with(odt(), part{"Basic/Standard/Module1.xml", "<x/>"})...), "event.odt": zipFile(t, with(odt(), part{"content.xml", `<office:script><script:event-listener/></office:script>`})...),
		"remote.odt": zipFile(t, with(odt(), part{"content.xml", `<draw:image xlink:href="https://x.example/1.png"/>`})...),
		"ole.odt":    zipFile(t, with(odt(), part{"META-INF/manifest.xml", `<m:m><m:file-entry m:media-type="application/vnd.sun.star.oleobject"/></m:m>`})...),
		"locked.odt": zipFile(t, with(odt(), part{"META-INF/manifest.xml", `<m:m><m:file-entry><m:encryption-data/></m:file-entry></m:m>`})...),

		// Office documents that have only the frame of one.
		"frame2.docx": zipFile(t, docx()[:3]...), "frame2.pptx": zipFile(t, pptx()[:2]...), "frame2.xlsx": zipFile(t, xlsx()[:2]...),
		"elsewhere.docx": zipFile(t, with(plain, packageRels("/word/other.xml"))...),

		// What is not on the list.
		"a.zip": zipFile(t, part{"index.html", script}), "a.ods": zipFile(t, with(odt(), part{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"})...),
		"a.exe": []byte("MZ\x90\x00\x03"), "a.doc": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 512)), "a.bin": {0, 1, 2, 3}, "a.js": []byte("alert(1)"), "page.htm": []byte("plain text"),
		"heic.mp4": []byte(box("ftyp", "heic\x00\x00\x00\x00heic") + box("mdat", "x")), "utf16.txt": []byte("\xff\xfeh\x00i\x00"), "latin1.txt": []byte("Gr\xf6\xdfe"),
	} {
		if info, err := look(t, file, name); err == nil {
			t.Errorf("%s was taken as %+v", name, info)
		}
	}
}

// packageRels names the part that a document begins with.
func packageRels(target string) part {
	return part{"_rels/.rels", `<Relationships><Relationship Id="1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="` + target + `"/></Relationships>`}
}

func fmtTypes(t string) string { return `<Types><Override ContentType="` + t + `"/></Types>` }

// hiddenScript has its script inside what looks like the data of a stream; the table of objects leads there.
func hiddenScript() []byte {
	script := "8 0 obj\n<</S/JavaScript/JS(app.alert(1))>>\nendobj\n"
	file := goodPDF("/OpenAction 8 0 R", "<</Length 60>>stream\n"+script+"endstream")
	inside, listed := bytes.Index(file, []byte(script)), bytes.LastIndex(file, []byte(" 00000 n"))
	copy(file[listed-10:], []byte(strings.Repeat("0", 10)))
	copy(file[listed-len(itoa(inside)):], itoa(inside))
	return file
}

func TestRefusesWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	webp, err := os.ReadFile(filepath.Join("testdata", "still.webp"))
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string][]byte{"a.png": pngFile(t), "a.jpg": jpegFile(t), "a.gif": gifFile(t), "a.pdf": goodPDF(""), "a.docx": zipFile(t, docx()...), "a.odt": zipFile(t, odt()...), "a.mp4": film(), "a.webp": webp}
	for name, file := range whole {
		for n := range len(file) - 1 { // the last byte of a PDF is a line's end
			if info, err := look(t, file[:n], name); err == nil && (name != "a.mp4" || info.MediaType != "video/mp4") {
				t.Errorf("%s: %d of %d bytes were taken as %+v", name, n, len(file), info)
			}
		}
	}
	if _, err := look(t, nil, "a.txt"); err == nil {
		t.Error("nothing was taken as something")
	}
	damaged := pngFile(t)
	damaged[len(damaged)/2] ^= 1
	if _, err := look(t, damaged, "a.png"); err == nil {
		t.Error("a damaged image was taken")
	}
}

func TestRefusesANameThatContradictsTheBytes(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{"a.jpg": pngFile(t), "a.html": pngFile(t), "a.pdf": zipFile(t, docx()...), "a.docx": goodPDF(""), "a.pptx": zipFile(t, docx()...), "a.svg": []byte("text"), "a.png.exe": pngFile(t)} {
		_, err := look(t, file, name)
		if err == nil {
			t.Errorf("%s was taken", name)
		} else if !strings.Contains(err.Error(), filepath.Ext(name)) {
			t.Errorf("%s: the detail does not name the end: %v", name, err)
		}
	}
}

func TestRefusesBombsWithoutExpandingThem(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 64<<20)
	many := make([]part, 10_001)
	for i := range many {
		many[i].name = "x" + itoa(i)
	}
	for name, file := range map[string][]byte{
		"large.png":  pngHeader(30_000, 30_000),
		"wide.png":   pngHeader(1<<31-1, 1),
		"none.png":   pngHeader(0, 10),
		"ratio.docx": zipFile(t, with(docx(), part{"word/media/image1.bmp", zeros})...),
		"lying.docx": lying(t, zipFile(t, with(docx(), part{"word/media/image1.bmp", zeros[:1<<20]})...), 1<<20, 100),
		"many.docx":  zipFile(t, append(many, docx()...)...),
		"deep.docx":  zipFile(t, with(docx(), part{"word/document.xml", strings.Repeat("<a>", 100_000)})...),
		"twice.docx": zipFile(t, append(docx(), docx()...)...),
		"up.docx":    zipFile(t, with(docx(), part{"../../etc/passwd", "x"})...),
		"deep.pdf":   goodPDF("", strings.Repeat("[", 1_000_000)),
		"dict.pdf":   goodPDF("", strings.Repeat("<</A", 100_000)),
		"packed.pdf": packed(t, "<</A "+strings.Repeat("1 ", 32<<20)+">>"),
		"loop.gif":   append(gifFile(t)[:len(gifFile(t))-1], bytes.Repeat([]byte{0x21, 0xFE, 0}, 200_000)...),
	} {
		if _, err := look(t, file, name); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestTellsWhatADocumentLacks(t *testing.T) {
	t.Parallel()
	const tracked = `<w:document xmlns:w="w" xmlns:wp="p"><w:ins w:author="A. Person"/><w:del w:author="A. Person"/><wp:docPr id="1" name="x"/><pic:pic xmlns:pic="p"><pic:cNvPr id="1" name="x"/></pic:pic></w:document>`
	comment := part{"word/comments.xml", `<w:comments xmlns:w="w"><w:comment/></w:comments>`}
	author := part{"docProps/core.xml", `<c xmlns:dc="d"><dc:title>T</dc:title><dc:creator>A. Person</dc:creator></c>`}
	cases := []struct {
		name   string
		file   []byte
		want   []report.Code
		passed bool
	}{
		{"bare.pdf", pdfFile("<</Type/Catalog/Pages 2 0 R>>", pageTree, page, "<<>>", font), []report.Code{report.NoTitle, report.NoLanguage, report.NotTagged}, false},
		{"shown.pdf", pdfFile(strings.Replace(catalogue, "/DisplayDocTitle true", "", 1)+">>", pageTree, page, info, font, tree, figure), []report.Code{report.TitleNotShown}, false},
		{"scan.pdf", pdfFile(catalogue+">>", pageTree, "<</Type/Page/Resources<</XObject<</I 8 0 R>>>>>>", info, font, tree, figure, "<</Subtype/Image/Length 3>>stream\nxxx\nendstream"), []report.Code{report.NoText}, false},
		{"figure.pdf", goodPDF("", "<</S/Figure/P 6 0 R>>", "<</S/Bild/P 6 0 R>>"), []report.Code{report.ImageWithoutAlt}, false},
		{"mapped.pdf", pdfFile(catalogue+">>", pageTree, page, info, font, "<</K 7 0 R/RoleMap<</Bild/Figure>>>>", figure, "<</S/Bild/P 6 0 R>>"), []report.Code{report.ImageWithoutAlt}, false},
		{"replaced.pdf", replaced(), nil, true},
		{"xmp.pdf", pdfFile(catalogue+"/Metadata 8 0 R>>", pageTree, page, "<<>>", font, tree, figure, xmp), nil, true},
		{"named.pdf", pdfFile(catalogue+">>", pageTree, page, "<</Title(T)/Author(A. Person)>>", font, tree, figure, "<</Subtype/Highlight/Rect[0 0 1 1]>>"), []report.Code{report.AuthorNamed, report.Comments}, true},
		{"bare.docx", zipFile(t, docx()[0], part{"word/document.xml", tracked}, comment), []report.Code{report.NoTitle, report.NoLanguage, report.ImageWithoutAlt, report.Comments, report.TrackedChanges}, false},
		{"named.docx", zipFile(t, with(docx(), author)...), []report.Code{report.AuthorNamed}, true},
		{"decorated.docx", zipFile(t, with(docx(), part{"word/document.xml", `<wp:docPr xmlns:wp="p"><adec:decorative xmlns:adec="a" val="1"/></wp:docPr>`})...), nil, true},
		{"bare.pptx", zipFile(t, pptx()[0], pptx()[2], part{"ppt/slides/slide1.xml", `<p:pic xmlns:p="p"><p:cNvPr id="2" name="x"/></p:pic>`}), []report.Code{report.NoTitle, report.NoLanguage, report.ImageWithoutAlt}, false},
		{"bare.xlsx", zipFile(t, xlsx()[0], xlsx()[2], part{"xl/drawings/drawing1.xml", `<x:pic xmlns:x="x"><x:cNvPr id="2" name="x"/></x:pic>`}, part{"xl/comments1.xml", `<c><comment/></c>`}), []report.Code{report.NoTitle, report.ImageWithoutAlt, report.Comments}, false},
		{"bare.odt", zipFile(t, odt()[0], part{"content.xml", `<o><text:changed-region/><office:annotation/><draw:frame><draw:image xlink:href="Pictures/1.png"/></draw:frame></o>`}), []report.Code{report.NoTitle, report.NoLanguage, report.ImageWithoutAlt, report.Comments, report.TrackedChanges}, false},
		{"decorated.odt", zipFile(t, with(odt(), part{"content.xml", `<o><draw:frame loext:decorative="true"><draw:image xlink:href="Pictures/1.png"/></draw:frame></o>`})...), nil, true},
	}
	for _, c := range cases {
		info, err := look(t, c.file, c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []report.Code
		for _, f := range info.Accessibility.Findings {
			got = append(got, f.Code)
			if f.Detail == "" || f.Help == "" {
				t.Errorf("%s: %s without words", c.name, f.Code)
			}
		}
		if !slices.Equal(got, c.want) || info.Accessibility.Passed != c.passed {
			t.Errorf("%s: %v, passed %v; want %v, %v", c.name, got, info.Accessibility.Passed, c.want, c.passed)
		}
	}
}

// failing is a store that loses its disk.
type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestAFaultOfTheStoreIsNotTheUploaders(t *testing.T) {
	t.Parallel()
	_, err := inspect.Inspect(t.Context(), failing{}, 100, "a.pdf")
	if !errors.Is(err, io.ErrClosedPipe) || errs.KindOf(err) != errs.Internal {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := goodPDF("")
	if _, err := inspect.Inspect(ctx, bytes.NewReader(file), int64(len(file)), "a.pdf"); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}
