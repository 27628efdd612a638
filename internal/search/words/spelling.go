package words

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed spelling.txt
var spellingList string

// family is a rule of the list: words that end in one way, followed by one of several endings, end in another here.
type family struct {
	american, british string
	endings           []string
}

var families = map[string]family{
	"ize": {"iz", "is", []string{"e", "ed", "es", "er", "ers", "ing", "able", "ation", "ations", "ational"}},
	"yze": {"yz", "ys", []string{"e", "ed", "es", "er", "ers", "ing"}},
	"or":  {"or", "our", []string{"", "s", "ed", "ing", "able", "ably", "al", "ally", "ful", "fully", "less", "hood", "hoods", "ing", "ite", "ites", "er", "ers", "ly"}},
	"er":  {"er", "re", []string{"", "s"}},
	"l":   {"", "l", []string{"ed", "ing", "ings", "er", "ers", "or", "ors"}},
}

// spellings is the list.
type spellings struct {
	whole    map[string]string   // by the American word the British one
	american []string            // those words, sorted
	fronts   map[string]string   // the same by the beginning of words that differ in it
	frontsBy map[string][]string // by their first minFront letters, the longest first: most words are told by one look
}

// listed is the list, which is read when it is first asked for: it takes longer than most of a start.
var listed = sync.OnceValue(func() *spellings {
	whole, fronts := readSpellings()
	return &spellings{whole, slices.Sorted(maps.Keys(whole)), fronts, byFront(fronts)}
})

func readSpellings() (whole map[string]string, front map[string]string) {
	whole, front = map[string]string{}, map[string]string{}
	for line := range strings.Lines(spellingList) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case fields[0] == "word":
			whole[fields[1]] = fields[2]
		case fields[0] == "front":
			front[fields[1]] = fields[2]
		default:
			families[fields[0]].add(whole, fields[1:])
		}
	}
	return whole, front
}

// add puts the words that begin so into the list.
func (f family) add(whole map[string]string, beginnings []string) {
	for _, begin := range beginnings {
		for _, end := range f.endings {
			whole[begin+f.american+end] = begin + f.british + end
		}
		if f.british == "re" { // centred, centring
			whole[begin+"ered"], whole[begin+"ering"] = begin+"red", begin+"ring"
		}
	}
}

// minFront is the length of the shortest beginning on the list.
const minFront = 3

func byFront(fronts map[string]string) map[string][]string {
	by := map[string][]string{}
	for front := range fronts {
		by[front[:minFront]] = append(by[front[:minFront]], front)
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	}
	return by
}

// British gives the British spelling of a folded word: the word itself, unless it is on the list.
func British(word string) string {
	list := listed()
	if british, ok := list.whole[word]; ok {
		return british
	}
	if len(word) < minFront {
		return word
	}
	for _, front := range list.frontsBy[word[:minFront]] {
		if rest, ok := strings.CutPrefix(word, front); ok {
			return list.fronts[front] + rest
		}
	}
	return word
}

// Beginnings gives what words in British spelling begin with when a text begins so: the text itself, in British
// spelling, and the same part of the British spelling of every word on the list that begins so.
func Beginnings(spelt string) []string {
	all := []string{British(spelt)}
	add := func(beginning string) {
		if !strings.HasPrefix(beginning, all[0]) && !slices.Contains(all, beginning) {
			all = append(all, beginning)
		}
	}
	list := listed()
	at, _ := slices.BinarySearch(list.american, spelt)
	for _, word := range list.american[at:] {
		if !strings.HasPrefix(word, spelt) {
			break
		}
		british := list.whole[word]
		add(british[:min(len(british), max(len(spelt), len(spelt)+len(british)-len(word)))])
	}
	for _, front := range slices.Sorted(maps.Keys(list.fronts)) {
		if strings.HasPrefix(front, spelt) {
			british := list.fronts[front]
			add(british[:min(len(british), max(len(spelt), len(spelt)+len(british)-len(front)))])
		}
	}
	return all
}
