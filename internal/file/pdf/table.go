package pdf

// table reads a table of objects (§7.5.4); trailer, which follows it, is read as a word of its own.
func (f *file) table() error {
	for {
		at := f.lex.pos
		first, err := f.lex.value(0)
		if err != nil {
			return orBroken(err)
		}
		num, isNumber := first.(float64)
		if !isNumber {
			f.lex.pos = at
			return nil
		}
		count, _ := f.lex.value(0)
		n, ok := count.(float64)
		if !ok || n < 0 || n > maxNumber {
			return broken()
		}
		if err := f.section(int(num), int(n)); err != nil {
			return err
		}
	}
}

func (f *file) section(num, count int) error {
	for i := range count {
		f.lex.values = 0
		at, err1 := f.lex.value(0)
		_, err2 := f.lex.value(0)
		use, err3 := f.lex.value(0)
		offset, ok := at.(float64)
		if err1 != nil || err2 != nil || err3 != nil || !ok {
			return broken()
		}
		if use == word("n") {
			if err := f.list(num+i, int64(offset)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *file) list(num int, at int64) error {
	if len(f.listed) >= 2*maxObjects {
		return broken()
	}
	f.listed = append(f.listed, listing{num, at})
	return nil
}

// xrefStream reads a table of objects that is a stream (§7.5.8); its dictionary is a trailer too.
func (f *file) xrefStream(d dict, p place) error {
	if err := f.addTrailer(d); err != nil {
		return err
	}
	content, err := f.inflate(d, p, maxStream)
	if err != nil {
		return err
	}
	widths, ok := d["W"].(array)
	if !ok || len(widths) != 3 {
		return broken()
	}
	var w [3]int
	for i, v := range widths {
		n, ok := v.(float64)
		if !ok || n < 0 || n > 8 {
			return broken()
		}
		w[i] = int(n)
	}
	index, ok := d["Index"].(array)
	if !ok {
		index = array{0.0, d["Size"]}
	}
	return f.xrefRows(content, w, index)
}

func (f *file) xrefRows(rows []byte, w [3]int, index array) error {
	width := w[0] + w[1] + w[2]
	if width == 0 {
		return broken()
	}
	for i := 0; i+1 < len(index); i += 2 {
		num, ok1 := index[i].(float64)
		count, ok2 := index[i+1].(float64)
		if !ok1 || !ok2 || num < 0 || num > maxNumber || count < 0 || count > maxNumber {
			return broken()
		}
		for j := 0; j < int(count) && len(rows) >= width; j++ {
			kind := number(rows[:w[0]])
			if w[0] == 0 {
				kind = 1
			}
			if kind == 1 {
				if err := f.list(int(num)+j, number(rows[w[0]:w[0]+w[1]])); err != nil {
					return err
				}
			}
			rows = rows[width:]
		}
	}
	return nil
}

func number(b []byte) (n int64) {
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}
