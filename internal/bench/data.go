package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/sortkey"
)

// How much there is besides case studies, and how a case study links.
const (
	principleCount    = 3
	organisationCount = 40
	topicCount        = 60
	draftEvery        = 20 // one in so many is a draft
	vocabulary        = 20_000
	titleWords        = 4
	summaryWords      = 10
	textWords         = 6 // of each of its three texts
)

// A topic and an organisation of about five per cent of the case studies each that never stand together.
const (
	loneTopic        = 9
	loneOrganisation = 8
)

// began is when the first entry was published; a case study follows every ten minutes.
var began = time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)

const apart = 10 * time.Minute

// target is something that case studies link to.
type target struct {
	id    uuid.UUID
	typ   string
	slug  string
	title string
}

// study is a case study of the data set.
type study struct {
	n                    int
	entry, edition       uuid.UUID
	draft                bool
	at                   time.Time
	slug, title, summary string
	links                []link
}

// link is one of a study's links, to a target by its number.
type link struct {
	relation string
	position int
	target   int
}

// data makes the same data set every time: study n does not depend on how many there are.
type data struct {
	targets []target // principles, organisations, topics
	words   []string
	heaped  *lots // of the words
	organs  *lots // of the organisations
	topics  *lots
}

func newData() *data {
	d := &data{heaped: zipf(vocabulary), organs: zipf(organisationCount), topics: zipf(topicCount)}
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for len(d.words) < vocabulary {
		if w := word(r); !seen[w] {
			seen[w] = true
			d.words = append(d.words, w)
		}
	}
	for _, kind := range []struct {
		typ, name string
		count     int
	}{{"principle", "Principle", principleCount}, {"organisation", "Organisation", organisationCount}, {"topic", "Topic", topicCount}} {
		for i := range kind.count {
			d.targets = append(d.targets, target{id(kind.typ, i, began), kind.typ,
				fmt.Sprintf("%s-%d", kind.typ, i), fmt.Sprintf("%s %d", kind.name, i)})
		}
	}
	return d
}

// lots are drawn by Zipf's law: the kth is 1/k as frequent as the first.
type lots struct {
	sums  []float64 // of the frequencies up to each
	first []int     // by the part of the whole sum, in steps as many as there are: where to begin to look
}

// steps is how finely lots are looked up.
const steps = 1 << 16

func zipf(n int) *lots {
	l := &lots{sums: make([]float64, n), first: make([]int, steps)}
	sum := 0.0
	for i := range l.sums {
		sum += 1 / float64(i+1)
		l.sums[i] = sum
	}
	for k := range l.first {
		l.first[k] = sort.SearchFloat64s(l.sums, sum*float64(k)/steps)
	}
	return l
}

// draw draws one.
func (l *lots) draw(r *rand.Rand) int {
	part := r.Float64()
	i, sum := l.first[int(part*steps)], part*l.sums[len(l.sums)-1]
	for l.sums[i] < sum {
		i++
	}
	return i
}

func word(r *rand.Rand) string {
	const consonants, vowels = "bcdfghklmnprstvw", "aeiou"
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteByte(consonants[r.IntN(len(consonants))])
		b.WriteByte(vowels[r.IntN(len(vowels))])
	}
	return b.String()
}

// id is a version 7 UUID that is always the same.
func id(what string, n int, at time.Time) uuid.UUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, n))
	var u uuid.UUID
	copy(u[6:], sum[:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(u[:6], ms[2:])
	u[6], u[8] = u[6]&0x0f|0x70, u[8]&0x3f|0x80
	return u
}

// The streams of chance that a study is made from.
const (
	chanceOfTexts = 2 + iota
	chanceOfPlaces
	chanceOfWords
)

// study makes the nth case study, but for its long texts.
func (d *data) study(n int) study {
	at := began.Add(time.Duration(n+1) * apart)
	r := rand.New(rand.NewPCG(chanceOfWords, uint64(n)))
	s := study{n: n, entry: id("entry", n, at), edition: id("edition", n, at), draft: n%draftEvery == draftEvery-1, at: at}
	s.title = d.sentence(r, titleWords)
	s.slug = fmt.Sprintf("study-%d", n)
	s.summary = d.sentence(r, summaryWords) + "."
	s.link(r, "principles", 1+r.IntN(3), 0, principleCount, nil, nil)
	s.link(r, "organisations", 1+r.IntN(3), principleCount, organisationCount, d.organs, nil)
	used := map[int]bool{loneTopic: s.linksTo(principleCount + loneOrganisation)}
	s.link(r, "topics", 1+r.IntN(4), principleCount+organisationCount, topicCount, d.topics, used)
	return s
}

// texts are the row of a study's own table.
func (d *data) texts(s *study) row {
	r := rand.New(rand.NewPCG(chanceOfTexts, uint64(s.n)))
	text := func() string { return d.sentence(r, textWords) + "." }
	return row{s.edition, text(), text(), text(), "", "none"}
}

// link adds links to different targets of one kind, which stand together from first on, but to none that is used.
func (s *study) link(r *rand.Rand, relation string, count, first, of int, lots *lots, used map[int]bool) {
	chosen := maps.Clone(used)
	if chosen == nil {
		chosen = map[int]bool{}
	}
	for position := 1; position <= count; {
		i := r.IntN(of)
		if lots != nil {
			i = lots.draw(r)
		}
		if !chosen[i] {
			chosen[i] = true
			s.links = append(s.links, link{relation, position, first + i})
			position++
		}
	}
}

// linksTo says whether a study links to a target.
func (s *study) linksTo(target int) bool {
	return slices.ContainsFunc(s.links, func(l link) bool { return l.target == target })
}

// sentence is some words, each as frequent as Zipf has it.
func (d *data) sentence(r *rand.Rand, length int) string {
	words := make([]string, length)
	for i := range words {
		words[i] = d.words[d.heaped.draw(r)]
	}
	words[0] = strings.ToUpper(words[0][:1]) + words[0][1:]
	return strings.Join(words, " ")
}

// row is one row of a table, in the order of its columns.
type row []any

// table is what is loaded into a table. Rows of case studies come before those of their editions: a published edition's
// rows are frozen.
type table struct {
	name    string
	columns []string
	rows    func(yield func(row) bool)
}

// tables are those of a data set of size case studies. changes has one line for each thing that is public.
func (d *data) tables(size int) []table {
	studies := func(rows func(s *study, yield func(row) bool) bool) func(func(row) bool) {
		return func(yield func(row) bool) {
			for n := range size {
				s := d.study(n)
				if !rows(&s, yield) {
					return
				}
			}
		}
	}
	return []table{
		{"case_studies", []string{"edition_id", "challenge", "approach", "outcome", "happened_on", "patient_involvement"},
			studies(func(s *study, yield func(row) bool) bool {
				return yield(d.texts(s))
			})},
		{"principles", []string{"edition_id", "body"}, d.targetRows("principle", func(t target) row { return row{t.id, "About " + t.title + "."} })},
		{"edition_links", []string{"edition_id", "relation", "position", "target_id"},
			studies(func(s *study, yield func(row) bool) bool {
				for _, l := range s.links {
					if !yield(row{s.edition, l.relation, l.position, d.targets[l.target].id}) {
						return false
					}
				}
				return true
			})},
		{"entries", entryColumns, concat(d.targetRows("", d.targetEntry), studies(func(s *study, yield func(row) bool) bool { return yield(s.row()) }))},
		{"editions", editionColumns, concat(d.targetRows("principle", targetEdition), studies(func(s *study, yield func(row) bool) bool { return yield(s.editionRow()) }))},
		{"organisations", []string{"id", "organisation_type", "ods_code", "url"}, d.targetRows("organisation", func(t target) row { return row{t.id, "service", "", ""} })},
		{"topics", []string{"id", "summary"}, d.targetRows("topic", func(t target) row { return row{t.id, t.title + "."} })},
		{"slugs", []string{"type", "slug", "entry_id", "state"}, concat(
			d.targetRows("", func(t target) row { return row{t.typ, t.slug, t.id, "current"} }),
			studies(func(s *study, yield func(row) bool) bool {
				return yield(row{"case-study", s.slug, s.entry, map[bool]string{true: "reserved", false: "current"}[s.draft]})
			}))},
		{"changes", []string{"seq", "entry_id", "type", "event", "at", "slug", "title", "update_type"}, d.changes(size)},
	}
}

var entryColumns = []string{"id", "type", "status", "version", "place", "slug", "title", "title_key", "created_at", "created_by",
	"saved_at", "saved_by", "first_published_at", "updated_at"}

func (d *data) targetEntry(t target) row {
	place := 0
	if t.typ == "principle" {
		place = 1
		for d.targets[place-1].id != t.id {
			place++
		}
	}
	return row{t.id, t.typ, "live", 1, place, t.slug, t.title, sortkey.Key(t.title), began, "bench", began, "bench", began, began}
}

func (s *study) row() row {
	if s.draft {
		return row{s.entry, "case-study", "draft", 1, 0, "", "", nil, s.at, "bench", s.at, "bench", nil, nil}
	}
	return row{s.entry, "case-study", "live", 1, 0, s.slug, s.title, sortkey.Key(s.title), s.at, "bench", s.at, "bench", s.at, s.at}
}

var editionColumns = []string{"id", "entry_id", "number", "state", "slug", "title", "title_key", "summary", "language",
	"last_reviewed_on", "review_due_on", "update_type", "change_note", "published_at", "published_by"}

func targetEdition(t target) row {
	return row{t.id, t.id, 1, "live", t.slug, t.title, sortkey.Key(t.title), t.title + ".", "en-GB", "", "", "major", "First published", began, "bench"}
}

func (s *study) editionRow() row {
	if s.draft {
		return row{s.edition, s.entry, 1, "draft", s.slug, s.title, sortkey.Key(s.title), s.summary, "en-GB", "", "", "", "", nil, ""}
	}
	return row{s.edition, s.entry, 1, "live", s.slug, s.title, sortkey.Key(s.title), s.summary, "en-GB", "", "", "major", "First published", s.at, "bench"}
}

// targetRows are rows about the targets of a type; of all for "".
func (d *data) targetRows(typ string, of func(target) row) func(func(row) bool) {
	return func(yield func(row) bool) {
		for _, t := range d.targets {
			if (typ == "" || t.typ == typ) && !yield(of(t)) {
				return
			}
		}
	}
}

func concat(all ...func(func(row) bool)) func(func(row) bool) {
	return func(yield func(row) bool) {
		for _, rows := range all {
			stopped := false
			rows(func(r row) bool {
				stopped = !yield(r)
				return !stopped
			})
			if stopped {
				return
			}
		}
	}
}

// changes are the lines of the change log.
func (d *data) changes(size int) func(func(row) bool) {
	return func(yield func(row) bool) {
		seq := 0
		for _, t := range d.targets {
			seq++
			if !yield(row{seq, t.id, t.typ, "published", began, t.slug, t.title, "major"}) {
				return
			}
		}
		for n := range size {
			s := d.study(n)
			if s.draft {
				continue
			}
			seq++
			if !yield(row{seq, s.entry, "case-study", "published", s.at, s.slug, s.title, "major"}) {
				return
			}
		}
	}
}
