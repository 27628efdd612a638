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

// punctual is how long after its time something scheduled may be done while every replica is killed again and again, on a
// machine that has other work. With one that lives it is 5 seconds.
const punctual = 15 * time.Second

// TestTortureOfSchedulesByKills has three replicas do what many pages are scheduled for, at one time and soon after, and
// kills one after another while they do: each is published once.
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
		deaths, worst := 0, time.Duration(0)
		for round := range rounds {
			ids := a.schedule(t, round)
			for until := time.Now().Add(5 * time.Second); time.Now().Before(until); deaths++ {
				n := rand.N(len(replicas))
				end(replicas[n].cmd)
				if said := replicas[n].log.String(); said != "" {
					t.Errorf("a replica failed: %s", said)
				}
				replicas[n] = serve(t, settings[n]...)
				time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
			}
			worst = max(worst, a.wantOnce(t, url, ids))
		}
		if worst > punctual {
			t.Errorf("%s late", worst)
		}
		t.Logf("%s: %d pages scheduled, replicas killed %d times, at most %s late", engine, rounds*scheduled, deaths, worst)
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

// wantOnce waits until all is done, and looks into the change log for when each page was published, and how often. It gives
// how late the last one was.
func (a *arena) wantOnce(t *testing.T, url string, ids map[string]time.Time) (worst time.Duration) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: url})
	must(t, err)
	defer db.Close()
	var lines []struct {
		EntryID string
		At      time.Time
	}
	left := int64(1)
	for end := time.Now().Add(30 * time.Second); left > 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		must(t, db.Read(t.Context(), func(tx *database.Tx) error {
			if err := tx.Table("schedules").Count(&left).Error; err != nil || left > 0 {
				return err
			}
			return tx.Table("changes").Select("CAST(entry_id AS text) AS entry_id, at").Where("event = 'published'").Find(&lines).Error
		}))
	}
	times := map[string]int{}
	for _, line := range lines {
		if at, ours := ids[line.EntryID]; ours {
			times[line.EntryID]++
			if line.At.Before(at) {
				t.Errorf("what was scheduled for %s was done at %s", at, line.At)
			}
			worst = max(worst, line.At.Sub(at))
		}
	}
	for id := range ids {
		if times[id] != 1 {
			t.Errorf("%s was published %d times", id, times[id])
		}
	}
	return worst
}
