package cache

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/web"
)

// sized is an answer of which only the size matters.
type sized struct {
	web.Kept
	size int
}

func (s sized) Size() int { return s.size }

// asker asks a store, and makes and keeps what is not there, as those do who use one.
type asker struct {
	*store
	clock time.Duration
}

func newAsker(budget int64) *asker {
	k := &asker{store: newStore(budget)}
	k.now = func() time.Duration { return k.clock }
	return k
}

// ask asks for an answer of so many bytes, and says whether it was there.
func (k *asker) ask(address string, bytes int) (there bool) {
	if k.get(address) != nil {
		return true
	}
	k.put(&Answer{key: address, rep: sized{size: bytes}}, func(*Answer) bool { return true })
	return false
}

// askAll asks for count answers, spread over some time, and says how many were there.
func (k *asker) askAll(what string, count, bytes int, lasting time.Duration) (there int) {
	for i := range count {
		k.clock += lasting / time.Duration(count)
		if k.ask(fmt.Sprint(what, i), bytes) {
			there++
		}
	}
	return there
}

// inBudget fails when the store takes more than it may, or has lost count.
func (k *asker) inBudget(t *testing.T) {
	t.Helper()
	sum := int64(0)
	for _, e := range k.entries {
		sum += int64(e.answer.size())
	}
	bytes, answers := k.weight()
	if bytes != sum || bytes > k.trial.room+k.main.room || answers != k.trial.Len()+k.main.Len() || len(k.left.by) > len(k.left.ring) {
		t.Fatalf("%d answers of %d bytes, counted as %d; %d addresses", answers, sum, bytes, len(k.left.by))
	}
}

// TestWhatIsHotShifts: a full store of what was asked for a hundred times lets in what is asked for now. Lists of 5 that
// fit are there from the fourth round on.
func TestWhatIsHotShifts(t *testing.T) {
	t.Parallel()
	k := newAsker(16 << 20)
	for range 100 {
		k.askAll("old", 300, 43<<10, time.Second)
	}
	if there := k.askAll("old", 300, 43<<10, time.Second); there != 300 {
		t.Fatalf("%d of 300 are kept", there)
	}
	for range 3 {
		k.askAll("new", 1000, 11<<10, time.Second)
	}
	k.inBudget(t)
	if there := k.askAll("new", 1000, 11<<10, time.Second); there < 990 {
		t.Errorf("only %d of 1000 are kept", there)
	}
}

// TestWhatIsBusyStays: whatever somebody makes up, and in whatever way they ask for it.
func TestWhatIsBusyStays(t *testing.T) {
	t.Parallel()
	made := 0
	for name, attack := range map[string]func(k *asker){
		"each once": func(k *asker) { made++; k.ask(fmt.Sprint("made-up", made), 43<<10) },
		"each ten times at once": func(k *asker) {
			made++
			for range 10 {
				k.ask(fmt.Sprint("made-up", made), 43<<10)
			}
		},
		"each five times, over a second": func(k *asker) { made++; k.ask(fmt.Sprint("made-up", made%100+made/500*100), 43<<10) },
		"a few without end":              func(k *asker) { made++; k.ask(fmt.Sprint("made-up", made%60), 43<<10) },
		"great ones":                     func(k *asker) { made++; k.ask(fmt.Sprint("made-up", made%50), 3<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			k := newAsker(16 << 20)
			for range 5 {
				k.askAll("hot", 320, 43<<10, 900*time.Millisecond)
			}
			lost := 0
			for i := range 320 * 30 {
				k.clock += 900 * time.Millisecond / 320 // each of what is hot is asked for more than once a second
				if !k.ask(fmt.Sprint("hot", i%320), 43<<10) {
					lost++
				}
				attack(k)
				attack(k)
			}
			k.inBudget(t)
			if lost > 0 {
				t.Errorf("%d of %d requests for what is hot found nothing", lost, 320*30)
			}
		})
	}
}

// TestMoreThanFits: of twice as much as fits, all asked for alike, half is always there, and not now this, now that.
func TestMoreThanFits(t *testing.T) {
	t.Parallel()
	k := newAsker(16 << 20)
	there := 0
	for round := range 20 {
		n := k.askAll("list", 600, 43<<10, 10*time.Second)
		if round >= 10 {
			there += n
		}
	}
	k.inBudget(t)
	if there < 600*10/2 {
		t.Errorf("%d of %d were there", there, 600*10)
	}
}

// TestWhatIsLeftAloneMakesRoom: what was asked for once and filled the store gives way to what is asked for twice.
func TestWhatIsLeftAloneMakesRoom(t *testing.T) {
	t.Parallel()
	k := newAsker(1 << 20)
	k.askAll("once", 1000, 10<<10, time.Second)
	k.clock += time.Minute
	for i := range 4 {
		k.clock += 10 * time.Second
		k.askAll(fmt.Sprint("trifle", i, "-"), 20, 10<<10, time.Second) // what ends trials
		if there := k.ask("twice", 10<<10); there != (i >= 2) {
			t.Errorf("request %d: there is %v", i+1, there)
		}
	}
}

// TestGrowthKeepsTheBudget: what becomes heavier, as compressed forms are made of it, displaces others.
func TestGrowthKeepsTheBudget(t *testing.T) {
	t.Parallel()
	k := newAsker(1 << 20)
	k.askAll("list", 20, 40<<10, time.Second)
	for i := range 20 {
		if e := k.entries[fmt.Sprint("list", i)]; e != nil {
			e.answer.slots = make([]uint32, 10<<10)
			k.put(e.answer, func(kept *Answer) bool { return kept == e.answer })
		}
		k.inBudget(t)
	}
	if _, answers := k.weight(); answers < 10 {
		t.Errorf("only %d are kept", answers)
	}
}

// TestStoreByChance does everything at once, for the race detector, and counts again at the end.
func TestStoreByChance(t *testing.T) {
	t.Parallel()
	k := &asker{store: newStore(1 << 20)}
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 5000 {
				address := fmt.Sprint(r.IntN(200))
				switch r.IntN(20) {
				case 0:
					if a := k.get(address); a != nil {
						k.discard(a)
					}
				case 1:
					k.drop(func(a *Answer) bool { return a.key == address })
				default:
					k.ask(address, r.IntN(200<<10))
				}
			}
		})
	}
	all.Wait()
	k.inBudget(t)
}
