package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// punctual is how long after its time something scheduled may be done, while at least one replica runs.
const punctual = 5 * time.Second

// TestTortureOfSchedulesByKills has three replicas do what many pages are scheduled for, at one time and soon after, and
// kills one after another while they do: each is published once, and none late.
func TestTortureOfSchedulesByKills(t *testing.T) {
	t.Parallel()
	rounds := 1
	if long := os.Getenv(tortureFor); long != "" {
		length, err := time.ParseDuration(long)
		must(t, err)
		rounds = max(1, int(length/(10*time.Second)))
	}
	each(t, func(t *testing.T, engine database.Engine) {
		url := dbtest.Empty(t, engine)
		a := newArena(t, url)
		anywhere := append(slices.Clone(a.settings), "WT_LISTEN=127.0.0.1:0")
		settings := [][]string{a.settings, anywhere, anywhere}
		replicas := []*process{serve(t, a.settings...), serve(t, anywhere...), serve(t, anywhere...)}
		deaths := 0
		for round := range rounds {
			ids := a.schedule(t, round)
			for until := time.Now().Add(5 * time.Second); time.Now().Before(until); deaths++ {
				n := rand.N(len(replicas))
				end(replicas[n].cmd)
				replicas[n] = serve(t, settings[n]...)
				time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
			}
			a.wantOnce(t, url, ids)
		}
		t.Logf("%s: %d pages scheduled, replicas killed %d times", engine, rounds*scheduled, deaths)
	})
}

// scheduled is how many pages one round schedules.
const scheduled = 60

// schedule makes drafts that are to be published within the next seconds, and gives when, by id.
func (a *arena) schedule(t *testing.T, round int) map[string]time.Time {
	t.Helper()
	ids := map[string]time.Time{}
	for n := range scheduled {
		id, err := a.send(t.Context(), "POST", "/v1/pages", fmt.Sprintf(`{"title":"Page %d of %d","summary":"A page."}`, n, round))
		must(t, err)
		at := time.Now().Add(time.Duration(2+n%4) * time.Second).UTC().Truncate(time.Second)
		published, err := a.send(t.Context(), "POST", "/v1/pages/"+id+"/publish", `{"at":"`+at.Format(time.RFC3339)+`"}`)
		if err != nil || published != id {
			t.Fatalf("page %d could not be scheduled: %v", n, err)
		}
		ids[id] = at
	}
	return ids
}

// wantOnce looks into the change log for when each page was published, and how often.
func (a *arena) wantOnce(t *testing.T, url string, ids map[string]time.Time) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: url})
	must(t, err)
	defer db.Close()
	var lines []struct {
		EntryID string
		At      time.Time
	}
	must(t, db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.Table("changes").Select("CAST(entry_id AS text) AS entry_id, at").Where("event = 'published'").Find(&lines).Error
	}))
	times := map[string]int{}
	for _, line := range lines {
		at, ours := ids[line.EntryID]
		if !ours {
			continue
		}
		times[line.EntryID]++
		if line.At.Before(at) || line.At.After(at.Add(punctual)) {
			t.Errorf("what was scheduled for %s was done at %s", at, line.At)
		}
	}
	for id := range ids {
		if times[id] != 1 {
			t.Errorf("%s was published %d times", id, times[id])
		}
	}
}
