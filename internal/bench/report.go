package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// result is one line of the report.
type result struct {
	goal     string
	what     string
	limit    float64
	atLeast  bool      // the goal is to be at least at the limit; else at most
	measured []float64 // one a round
	unit     string    // "×" for a ratio
	note     string
}

// add keeps a result and prints it at once.
func (b *bench) add(r result) {
	b.results = append(b.results, r)
	fmt.Println("  " + r.line())
}

// met says whether the median keeps to the goal.
func (r result) met() bool {
	if r.atLeast {
		return median(r.measured) >= r.limit
	}
	return median(r.measured) <= r.limit
}

func (r result) line() string {
	sign, verdict := "≤", "met"
	if r.atLeast {
		sign = "≥"
	}
	if !r.met() {
		verdict = "NOT MET"
	}
	goal := fmt.Sprintf("%s %s %s", sign, number(r.limit), r.unit)
	return fmt.Sprintf("| %s | %s | %s | %s %s (%s to %s) | %s | %s |", r.goal, r.what, goal, number(median(r.measured)), r.unit,
		number(slices.Min(r.measured)), number(slices.Max(r.measured)), verdict, r.note)
}

func number(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// report prints all results as a table.
func (b *bench) report() {
	fmt.Printf("\n%s, %d CPUs, %s; command: %s; %d rounds of %s; median (least to most)\n\n", time.Now().UTC().Format("2006-01-02 15:04 MST"),
		runtime.NumCPU(), runtime.Version(), strings.Join(os.Args[1:], " "), b.rounds, b.round)
	fmt.Println("| goal | what | goal | measured | | figures |\n|---|---|---|---|---|---|")
	unmet := 0
	for _, r := range b.results {
		fmt.Println(r.line())
		if !r.met() {
			unmet++
		}
	}
	fmt.Printf("\n%d of %d met\n", len(b.results)-unmet, len(b.results))
}

func median(values []float64) float64 { return medianOf(values) }

func medianOf[T cmp.Ordered](values []T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// costs are the processor times of a request, in µs.
func costs(samples []sample) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = s.perRequest()
	}
	return all
}

// ratios divides round by round.
func ratios(over, under []float64) []float64 {
	all := make([]float64, len(over))
	for i := range over {
		all[i] = over[i] / under[i]
	}
	return all
}

// figures are the medians behind a ratio.
func figures(a, b []sample) string {
	return fmt.Sprintf("%s µs, %s µs; %s/s, %s/s", number(median(costs(a))), number(median(costs(b))), number(median(rates(a))), number(median(rates(b))))
}

func rates(samples []sample) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = s.rate()
	}
	return all
}

// latencies are the medians of each round, in ms.
func latencies(samples []sample) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = float64(s.latency.Microseconds()) / 1e3
	}
	return all
}
