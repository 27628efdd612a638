// Command bench measures the service beside the least that a server could do, and prints the project's goals of speed,
// S1 to S11, with what was measured: docs/performance.md explains them and keeps results.
//
// It makes deterministic data sets and keeps them in .bench for the next run, starts the built service, yardsticks and a
// Postgres server of its own on the loopback interface, shows that all of them answer the same rows in the same order,
// and then lets them take turns. What counts is the processor time of a request, that of the database's processes
// included, in the median of the rounds: it depends little on what else the machine does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// bench is one run.
type bench struct {
	dir     string // where data sets are kept
	program string // the service
	sizes   []int  // of the data sets, the larger one last
	rounds  int
	round   time.Duration
	only    []string // the goals that are measured; all when empty
	explain bool
	// profiles is where profiles of the service are kept; none are made when it is empty.
	profiles string

	data    *data
	cluster *cluster
	running []*process
	dropped []string // databases to be dropped at the end
	results []result
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == "yardstick" {
		err = yardstick(ctx, os.Args[2:])
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The sizes of the data sets, in case studies.
const (
	smallSize = 10_000
	largeSize = 1_000_000
)

// beQuick measures the small data set alone, in short rounds where nothing was said about them.
func (b *bench) beQuick() {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	b.sizes = b.sizes[:1]
	if !given["rounds"] {
		b.rounds = 3
	}
	if !given["round"] {
		b.round = 150 * time.Millisecond
	}
}

func run(ctx context.Context) (err error) {
	b := &bench{data: newData()}
	dir := flag.String("dir", ".bench", "where data sets are kept")
	quick := flag.Bool("quick", false, "only the small data set, with three rounds of 150 ms unless others are given")
	load := flag.Bool("load", false, "only make the data sets")
	flag.StringVar(&b.program, "program", "bin/wtapi", "the service")
	flag.IntVar(&b.rounds, "rounds", 7, "how often each takes its turn")
	flag.DurationVar(&b.round, "round", time.Second, "how long a turn lasts")
	only := flag.String("only", "", "only goals of these names, such as S2 or S2,S11")
	flag.StringVar(&b.profiles, "profiles", "", "a folder, which is made, for profiles of warm reads, misses, three rare filters and creates")
	flag.BoolVar(&b.explain, "plans", false, "print the plans of the statements of lists, and measure nothing")
	large := flag.Int("large", largeSize, "case studies of the large data set")
	flag.Parse()
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	if b.dir, err = filepath.Abs(*dir); err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	b.sizes = []int{smallSize, *large}
	if *quick {
		b.beQuick()
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if *load {
		return b.addKept()
	}
	if err := asInstalled(b.program); err != nil {
		return err
	}
	if b.cluster, err = startCluster(ctx, filepath.Join(b.dir, "postgres"), true); err != nil {
		return err
	}
	defer func() {
		for _, p := range b.running {
			p.stop()
		}
		for _, name := range b.dropped {
			_ = exec.Command("psql", "-qh", b.cluster.dir, "-U", "postgres", "-c", "DROP DATABASE "+name).Run() // the next run does without
		}
		err = errors.Join(err, b.cluster.stop())
	}()
	if err := b.measure(ctx); err != nil {
		return err
	}
	if err := b.addKept(); err != nil {
		return err
	}
	b.report()
	return nil
}
