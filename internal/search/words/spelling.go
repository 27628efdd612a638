package words

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
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

// spellings is the list: by the American word the British one, and by the beginning of words that differ in it.
var spellings, fronts = readSpellings()

// american are the American words, sorted.
var american = slices.Sorted(maps.Keys(spellings))

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

// frontsBy are the beginnings by their first minFront letters, the longest first: most words are told by one look.
var frontsBy = func() map[string][]string {
	by := map[string][]string{}
	for front := range fronts {
		by[front[:minFront]] = append(by[front[:minFront]], front)
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	}
	return by
}()

// British gives the British spelling of a folded word: the word itself, unless it is on the list.
func British(word string) string {
	if british, ok := spellings[word]; ok {
		return british
	}
	if len(word) < minFront {
		return word
	}
	for _, front := range frontsBy[word[:minFront]] {
		if rest, ok := strings.CutPrefix(word, front); ok {
			return fronts[front] + rest
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
	at, _ := slices.BinarySearch(american, spelt)
	for _, word := range american[at:] {
		if !strings.HasPrefix(word, spelt) {
			break
		}
		british := spellings[word]
		add(british[:min(len(british), max(len(spelt), len(spelt)+len(british)-len(word)))])
	}
	for _, front := range slices.Sorted(maps.Keys(fronts)) {
		if strings.HasPrefix(front, spelt) {
			british := fronts[front]
			add(british[:min(len(british), max(len(spelt), len(spelt)+len(british)-len(front)))])
		}
	}
	return all
}
