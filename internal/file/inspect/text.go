package inspect

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/cpics/working-together-api/internal/errs"
)

// textChunk is how much text is looked at together.
const textChunk = 64 << 10

// markup is what no text or table holds, wherever it stands: a program that ignores the type would run it.
var markup = [][]byte{
	[]byte("<script"), []byte("<html"), []byte("<!doctype"), []byte("<svg"), []byte("<iframe"), []byte("<?xml"),
	[]byte("<?php"), []byte("<object"), []byte("<embed"), []byte("<body"), []byte("<meta"), []byte("<img"), []byte("<style"), []byte("<link"),
}

// longest is how far a piece of markup can reach over the edge of a chunk.
const longest = 16

// readText takes text in UTF-8 without markup. Bytes cannot tell a table from prose, so the name does.
func readText(ctx context.Context, f io.ReaderAt, size int64, name string) (Info, error) {
	src := io.NewSectionReader(f, 0, size)
	buf := make([]byte, 0, longest+textChunk)
	for {
		if ctx.Err() != nil {
			return Info{}, context.Cause(ctx)
		}
		old := len(buf)
		n, err := io.ReadFull(src, buf[old:min(cap(buf), old+textChunk)])
		buf = buf[:old+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return Info{}, err
		}
		whole, err := readChunk(buf, old == 0, last)
		if err != nil {
			return Info{}, err
		}
		if last {
			break
		}
		buf = append(buf[:0], buf[max(0, whole-(longest-utf8.UTFMax)):]...)
	}
	if strings.EqualFold(filepath.Ext(name), ".csv") {
		return Info{MediaType: CSV}, nil
	}
	return Info{MediaType: TXT}, nil
}

// readChunk checks a chunk, and tells how much of it is whole characters: a chunk may begin and end inside one.
func readChunk(chunk []byte, first, last bool) (whole int, err error) {
	begin := 0
	for !first && begin < min(len(chunk), utf8.UTFMax) && !utf8.RuneStart(chunk[begin]) {
		begin++
	}
	whole = len(chunk)
	for back := 1; !last && back <= min(utf8.UTFMax, len(chunk)); back++ {
		if c := chunk[len(chunk)-back:]; utf8.RuneStart(c[0]) {
			if !utf8.FullRune(c) {
				whole -= back
			}
			break
		}
	}
	if !utf8.Valid(chunk[begin:whole]) {
		return 0, errs.New(errs.InvalidContent, "The text is not in UTF-8, so some characters would be shown wrongly. Save it with the encoding UTF-8 (Excel: CSV UTF-8), and upload that.")
	}
	if bytes.ContainsFunc(chunk[begin:whole], control) {
		return 0, unsupported(kindOther)
	}
	lower := bytes.ToLower(chunk)
	for _, m := range markup {
		if bytes.Contains(lower, m) {
			return 0, errs.New(errs.InvalidContent, "The text contains %s, which a browser would run. Take the HTML out, or export the text as PDF and upload that.", m)
		}
	}
	return whole, nil
}
