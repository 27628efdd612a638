package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cpics/working-together-api/internal/database"
)

// missConns is how many ask at once for what is not there yet.
const missConns = 8

// lists are the addresses of lists at the thousand places of a data set.
func (b *bench) lists(w *world, filter string) []string {
	var paths []string
	for _, n := range places(w.size) {
		paths = append(paths, "/v1/case-studies?"+b.page(filter, n))
	}
	return paths
}

// items are addresses of items, by slug.
func (b *bench) items(w *world, count int) []string {
	var paths []string
	for _, n := range places(w.size) {
		for k := 0; k < count/1000; k++ {
			if s := b.data.study((n + k*7) % w.size); !s.draft {
				paths = append(paths, "/v1/case-studies/"+s.slug, "/v1/case-studies/"+s.entry.String())
			}
		}
	}
	return paths
}

// atOneSize gives the worlds of the small data set, one an engine.
func atOneSize(worlds []*world) []*world { return worlds[:min(2, len(worlds))] }

// atLargest gives those of the largest.
func atLargest(worlds []*world) []*world { return worlds[len(worlds)-2:] }

// fitting is how many lists of twenty the service keeps by itself.
const fitting = 300

// warm is S1: ready answers beside a bare server that writes the same bytes. A thousand lists of twenty take 44 MB, more
// than the service takes by itself: for them it is given room.
func (b *bench) warm(ctx context.Context, worlds []*world) error {
	w := atOneSize(worlds)[0]
	lists := b.lists(w, "")
	var short []string
	for _, path := range lists {
		short = append(short, strings.Replace(path, "limit=20", "limit=5", 1))
	}
	roomy, err := b.serve("service with room", w.url, w.service.pg, "WT_CACHE_MB=64")
	if err != nil {
		return err
	}
	defer roomy.stop()
	for _, reads := range []struct {
		what    string
		service *process
		paths   []string
	}{
		{"item over 1,000 addresses", w.service, b.items(w, 1000)[:1000]},
		{"list of 20 over 1,000 addresses, WT_CACHE_MB=64", roomy, lists},
		{"list of 20 over 300 addresses", w.service, lists[:fitting]},
		{"list of 5 over 1,000 addresses", w.service, short},
	} {
		if err := b.warmed(ctx, reads.service, reads.what, reads.paths); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) warmed(ctx context.Context, service *process, what string, paths []string) error {
	bare, err := b.recorded(service, paths)
	if err != nil {
		return err
	}
	defer bare.stop()
	if err := b.heat(ctx, service, paths); err != nil {
		return err
	}
	if err := b.profile(ctx, contender{service, 64, cycle(paths)}, "warm-"+strings.Fields(what)[0]); err != nil {
		return err
	}
	for _, conns := range []int{16, 64, 256} {
		samples, err := b.turns(ctx, contender{service, conns, cycle(paths)}, contender{bare, conns, cycle(paths)})
		if err != nil {
			return err
		}
		limit := 0.9
		if conns == 256 {
			limit = 0.85
		}
		b.add(result{"S1", fmt.Sprintf("warm %s, %d connections: bare net/http to it", what, conns), limit, true,
			ratios(costs(samples[1]), costs(samples[0])), "×", figures(samples[0], samples[1])})
	}
	return nil
}

// heat asks for paths until they are kept, as far as there is room: what is kept is chosen by what is asked for again.
func (b *bench) heat(ctx context.Context, service *process, paths []string) error {
	for asked := 0; asked < 10*len(paths); {
		s, err := service.load(ctx, 16, b.round, cycle(paths))
		if err != nil {
			return err
		}
		asked += s.requests
	}
	return nil
}

// missed is S2: a list that is not there yet beside one hand-written statement.
func (b *bench) missed(ctx context.Context, worlds []*world) error {
	for _, w := range worlds {
		var statements []string
		for _, n := range places(w.size) {
			statements = append(statements, fmt.Sprintf("/?limit=20&n=%d", n))
		}
		samples, err := b.turns(ctx, contender{w.service, missConns, misses(b.lists(w, "")...)},
			contender{w.statement, missConns, cycle(statements)})
		if err != nil {
			return err
		}
		if err := b.profile(ctx, contender{w.service, missConns, misses(b.lists(w, "")...)}, fmt.Sprintf("miss-%s-%s", w.engine, thousands(w.size))); err != nil {
			return err
		}
		limit := map[database.Engine]float64{database.Postgres: 0.5, database.SQLite: 0.75}[w.engine]
		b.add(result{"S2", "list on a miss to one JSON statement, " + w.String(), limit, false,
			ratios(costs(samples[0]), costs(samples[1])), "×", figures(samples[0], samples[1])})
	}
	return nil
}

// growth is S3: what reads cost in the large data set, beside the small one.
func (b *bench) growth(ctx context.Context, worlds []*world) error {
	if len(worlds) < 4 {
		return nil
	}
	logs := map[*world][]string{}
	for _, w := range worlds {
		paths, err := w.changes(ctx)
		if err != nil {
			return err
		}
		logs[w] = paths
	}
	for i, small := range worlds[:2] {
		large := worlds[i+2]
		for _, read := range []struct {
			what string
			next func(*world) func() string
		}{
			{"list, missed", func(w *world) func() string { return misses(b.lists(w, "")...) }},
			{"list by title, missed", func(*world) func() string { return misses("/v1/case-studies?limit=20&sort=title&status=live") }},
			{"item, missed", func(w *world) func() string { return once(b.items(w, 20_000)) }},
			{"facets, missed", func(*world) func() string {
				return misses("/v1/case-studies?limit=20&facets=principle,topic,organisation&topic=topic-3")
			}},
			{"overview, missed", func(*world) func() string { return misses("/v1/overview?caseStudies=6") }},
			{"changes, missed", func(w *world) func() string { return misses(logs[w]...) }},
			{"list, warm", func(w *world) func() string { return cycle(b.lists(w, "")[:fitting]) }},
		} {
			if strings.HasSuffix(read.what, "warm") {
				for _, w := range []*world{large, small} {
					if err := b.heat(ctx, w.service, b.lists(w, "")[:fitting]); err != nil {
						return err
					}
				}
			}
			samples, err := b.turns(ctx, contender{large.service, missConns, read.next(large)}, contender{small.service, missConns, read.next(small)})
			if err != nil {
				return err
			}
			b.add(result{"S3", read.what + ": " + large.String() + " to " + thousands(small.size), 1.25, false,
				ratios(costs(samples[0]), costs(samples[1])), "×", figures(samples[0], samples[1])})
		}
	}
	return nil
}

// once gives addresses in turn, which should be more than are asked for.
func once(paths []string) func() string {
	slices.Sort(paths)
	return cycle(slices.Compact(paths))
}

// depth is S4: the page at nine tenths of the list beside the first.
func (b *bench) depth(ctx context.Context, worlds []*world) error {
	for _, w := range atLargest(worlds) {
		samples, err := b.turns(ctx, contender{w.service, missConns, misses("/v1/case-studies?" + b.page("", w.size/10))},
			contender{w.service, missConns, misses("/v1/case-studies?" + b.page("", w.size))})
		if err != nil {
			return err
		}
		b.add(result{"S4", "page at 90 % depth to the first, " + w.String(), 1.1, false,
			ratios(costs(samples[0]), costs(samples[1])), "×", figures(samples[0], samples[1])})
	}
	return nil
}

// filters is S5.
func (b *bench) filters(ctx context.Context, worlds []*world) error {
	for _, w := range worlds {
		for _, f := range []struct{ what, query string }{
			{"the most common topic", "topic=topic-0"},
			{"the rarest topic", "topic=topic-59"},
			{"five common topics", "topic=topic-0&topic=topic-1&topic=topic-2&topic=topic-3&topic=topic-4"},
			{"five rare topics", "topic=topic-55&topic=topic-56&topic=topic-57&topic=topic-58&topic=topic-59"},
		} {
			if err := b.filter(ctx, w, f.what, f.query, "no filter", ""); err != nil {
				return err
			}
		}
		// Of a combination no more is promised, where there is much, than what its rarest value costs.
		const threeRare = "topic=topic-59&organisation=organisation-39&principle=principle-1"
		for _, f := range []struct{ what, query, rarest string }{
			{"a topic and an organisation, both common", "topic=topic-0&organisation=organisation-0", "organisation=organisation-0"},
			{"a rare topic and a rare organisation", "topic=topic-59&organisation=organisation-39", "topic=topic-59"},
			{"a rare topic, a rare organisation, a principle", threeRare, "topic=topic-59"},
		} {
			beside, than := "no filter", ""
			if w.size > smallSize {
				beside, than = "its rarest value", f.rarest
			}
			if err := b.filter(ctx, w, f.what, f.query, beside, than); err != nil {
				return err
			}
		}
		if err := b.profile(ctx, contender{w.service, missConns, misses(newestOf(threeRare))}, fmt.Sprintf("rare-%s-%s", w.engine, thousands(w.size))); err != nil {
			return err
		}
	}
	return b.nothingInCommon(ctx, worlds)
}

// newestOf is the first page of what a filter finds.
func newestOf(query string) string {
	return "/v1/case-studies?" + strings.TrimPrefix(query+"&limit=20&sort="+newest+"&status=live", "&")
}

// filter compares a filter with another one.
func (b *bench) filter(ctx context.Context, w *world, what, query, beside, than string) error {
	samples, err := b.turns(ctx, contender{w.service, missConns, misses(newestOf(query))}, contender{w.service, missConns, misses(newestOf(than))})
	if err != nil {
		return err
	}
	b.add(result{"S5", what + " to " + beside + ", " + w.String(), 1.5, false, ratios(costs(samples[0]), costs(samples[1])), "×",
		figures(samples[0], samples[1])})
	return nil
}

// nothingInCommon asks for two values that are not rare and never stand together.
func (b *bench) nothingInCommon(ctx context.Context, worlds []*world) error {
	for _, w := range atLargest(worlds) {
		limit := map[database.Engine]float64{database.Postgres: 25, database.SQLite: 150}[w.engine]
		query := fmt.Sprintf("topic=topic-%d&organisation=organisation-%d", loneTopic, loneOrganisation)
		samples, err := b.turns(ctx, contender{w.service, 1, misses(newestOf(query))})
		if err != nil {
			return err
		}
		b.add(result{"S5", "nothing in common to two values of 5 %, " + w.String(), limit, false, latencies(samples[0]), "ms",
			"processor time " + number(median(costs(samples[0]))) + " µs"})
	}
	return nil
}

// counts is S6: facets beside the list without them.
func (b *bench) counts(ctx context.Context, worlds []*world) error {
	for _, w := range worlds {
		if err := b.total(ctx, w); err != nil {
			return err
		}
		for _, filter := range []string{"", "topic=topic-3&"} {
			const rest = "limit=20&sort=" + newest + "&status=live"
			samples, err := b.turns(ctx,
				contender{w.service, missConns, misses("/v1/case-studies?" + filter + "facets=principle,topic,organisation&" + rest)},
				contender{w.service, missConns, misses("/v1/case-studies?" + filter + rest)})
			if err != nil {
				return err
			}
			b.add(result{"S6", fmt.Sprintf("three facets (%q) to the list alone, %s", filter, w), 2, false,
				ratios(costs(samples[0]), costs(samples[1])), "×", figures(samples[0], samples[1])})
		}
	}
	return nil
}

// total is what the kept count of a list costs: a statement that looks it up beside one that reads a single row, in parts
// of what the list costs on a miss.
func (b *bench) total(ctx context.Context, w *world) error {
	samples, err := b.turns(ctx, contender{w.service, missConns, misses("/v1/case-studies?limit=20&sort=" + newest + "&status=live")},
		contender{w.statement, missConns, cycle([]string{"/total"})}, contender{w.statement, missConns, cycle([]string{"/nothing"})})
	if err != nil {
		return err
	}
	list, with, without := costs(samples[0]), costs(samples[1]), costs(samples[2])
	part := make([]float64, len(list))
	for i := range part {
		with[i], without[i] = with[i]/singleTimes, without[i]/singleTimes
		part[i] = 100 * (with[i] - without[i]) / list[i]
	}
	b.add(result{"S6", "total, of what a list costs, " + w.String(), 2, false, part, "%",
		fmt.Sprintf("%s µs with, %s µs without, %s µs a list", number(median(with)), number(median(without)), number(median(list)))})
	return nil
}
