package content

import (
	"fmt"
	"strconv"
)

// total counts the selection: by kept counts where there are some, else up to countLimit and one more.
func (n *narrowed) total() *statement {
	if n.nothing() {
		return new(statement).add("0")
	}
	if ref, ok := n.single(); ok {
		return n.size(ref)
	}
	if a, b, ok := n.pair(); ok {
		return n.common(a, b)
	}
	if n.matches != nil && n.status == Live && len(n.filters) == 0 && n.also.Len() == 0 { // all of these stand in the list
		return new(statement).add(strconv.Itoa(n.matches.Count()))
	}
	branches := n.branches("r.entry_id")
	for _, b := range branches {
		b.add(fmt.Sprintf(" LIMIT %d", countLimit+1))
	}
	count := new(statement).add("(SELECT count(*) FROM (").append(union(branches)).add(") AS counted)")
	if len(n.filters) != 1 || n.also.Len() > 0 || n.matches != nil {
		return count
	}
	return n.counted(n.filters[0], count)
}

// counted is the count of a selection of several values of one filter: what two values have together is known, and so
// is that there are more than are counted when one value alone has that many.
func (n *narrowed) counted(f anyOf, count *statement) *statement {
	sizes := make([]*statement, len(f.values))
	for i, v := range f.values {
		sizes[i] = n.size(listRef{f.dimension, v})
	}
	if len(sizes) == 2 {
		a, b := listRef{f.dimension, f.values[0]}, listRef{f.dimension, f.values[1]}
		return sizes[0].add(" + ").append(sizes[1]).add(" - ").append(n.common(a, b))
	}
	s := new(statement).add("CASE")
	for _, size := range sizes {
		s.add(" WHEN ").append(size).add(fmt.Sprintf(" > %d THEN %d", countLimit, countLimit+1))
	}
	return s.add(" ELSE ").append(count).add(" END")
}

// exact says whether the whole list is counted.
func (n *narrowed) exact() bool {
	_, single := n.single()
	return single || n.nothing()
}
