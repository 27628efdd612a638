package pdf

import (
	"compress/zlib"
	"io"

	"github.com/cpics/working-together-api/internal/errs"
)

// inflate expands the data of a stream, up to most bytes. Only what structure is written with is understood: Flate,
// with PNG's predictors, or nothing.
func (f *file) inflate(d dict, p place, most int64) ([]byte, error) {
	var src io.Reader = io.NewSectionReader(f.src, p.data, p.dataBytes)
	switch filter := single(d["Filter"]); filter {
	case nil:
	case name("FlateDecode"), name("Fl"):
		z, err := zlib.NewReader(src)
		if err != nil {
			return nil, broken().Because(err)
		}
		defer z.Close()
		src = z
	default:
		return nil, broken()
	}
	content, err := io.ReadAll(io.LimitReader(src, most+1))
	f.expanded += int64(len(content))
	switch {
	case int64(len(content)) > most || f.expanded > maxExpanded:
		return nil, errs.New(errs.InvalidContent, "The PDF expands to far more than it seems to hold. Export it again, and upload that.")
	case err != nil && len(content) == 0:
		return nil, broken().Because(err)
	}
	parms, _ := single(d["DecodeParms"]).(dict)
	return unpredict(content, parms)
}

// single is the value, or the only one of a list.
func single(v any) any {
	if list, ok := v.(array); ok {
		switch len(list) {
		case 0:
			return nil
		case 1:
			return list[0]
		}
	}
	return v
}

// unpredict undoes PNG's predictors (§7.4.4.4).
func unpredict(content []byte, parms dict) ([]byte, error) {
	predictor, _ := parms["Predictor"].(float64)
	if predictor < 2 {
		return content, nil
	}
	columns, ok := parms["Columns"].(float64)
	if !ok {
		columns = 1
	}
	if predictor < 10 || columns < 1 || columns > bufferSize || parms["Colors"] != nil && parms["Colors"] != 1.0 || parms["BitsPerComponent"] != nil && parms["BitsPerComponent"] != 8.0 {
		return nil, broken()
	}
	row := int(columns)
	before := make([]byte, row)
	out := content[:0]
	for ; len(content) > row; content = content[row+1:] {
		line := append([]byte(nil), content[1:row+1]...)
		unfilter(content[0], line, before)
		out = append(out, line...)
		before = line
	}
	return out, nil
}

// unfilter undoes one of PNG's filters on a row of single bytes (W3C PNG §9.2).
func unfilter(filter byte, line, before []byte) {
	var left, corner byte
	for i := range line {
		up := before[i]
		switch filter {
		case 1:
			line[i] += left
		case 2:
			line[i] += up
		case 3:
			line[i] += byte((int(left) + int(up)) / 2)
		case 4:
			line[i] += paeth(left, up, corner)
		}
		left, corner = line[i], up
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }
