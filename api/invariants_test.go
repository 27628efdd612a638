package api_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// invariants count what must never be, whatever was asked of the service.
var invariants = map[string]string{
	"a published entry without exactly one live edition": `SELECT count(*) FROM entries e
		WHERE e.status IN ('live', 'withdrawn', 'gone') AND e.type NOT IN ('organisation', 'topic')
		AND (SELECT count(*) FROM editions d WHERE d.entry_id = e.id AND d.state = 'live') <> 1`,
	"a draft without exactly one edition": `SELECT count(*) FROM entries e WHERE e.status = 'draft'
		AND ((SELECT count(*) FROM editions d WHERE d.entry_id = e.id) <> 1
		OR (SELECT count(*) FROM editions d WHERE d.entry_id = e.id AND d.state = 'draft') <> 1)`,
	"a gap in the numbers of an entry's editions": `SELECT count(*) FROM
		(SELECT entry_id FROM editions GROUP BY entry_id HAVING count(*) <> max(number)) AS g`,
	"a live edition that is not the newest published one": `SELECT count(*) FROM editions d JOIN editions o ON o.entry_id = d.entry_id
		WHERE d.state = 'live' AND (o.state = 'superseded' AND o.number > d.number OR o.state = 'draft' AND o.number < d.number)`,
	"something left of what was recalled": `SELECT count(*) FROM entries e WHERE e.status = 'recalled' AND (
		e.slug <> '' OR e.title <> '' OR e.first_published_at IS NOT NULL
		OR EXISTS (SELECT 1 FROM editions d WHERE d.entry_id = e.id) OR EXISTS (SELECT 1 FROM slugs s WHERE s.entry_id = e.id)
		OR EXISTS (SELECT 1 FROM edition_links l WHERE l.target_id = e.id) OR EXISTS (SELECT 1 FROM schedules s WHERE s.entry_id = e.id)
		OR EXISTS (SELECT 1 FROM changes c WHERE c.entry_id = e.id AND c.event <> 'recalled' AND c.title || c.slug || c.explanation <> ''))`,
	"live principles that are not numbered from 1": `SELECT count(*) FROM
		(SELECT count(*) AS n, count(DISTINCT place) AS d, max(place) AS m FROM entries WHERE type = 'principle' AND status = 'live') AS p
		WHERE n > 0 AND (n <> d OR n <> m)`,
	"a number of what is no live principle": `SELECT count(*) FROM entries WHERE place <> 0 AND (type <> 'principle' OR status <> 'live')`,
	"a current address that is not the entry's": `SELECT count(*) FROM slugs s JOIN entries e ON e.id = s.entry_id
		WHERE s.state = 'current' AND (s.slug <> e.slug OR s.type <> e.type OR e.status NOT IN ('live', 'withdrawn', 'gone'))`,
	"a published entry without its address": `SELECT count(*) FROM entries e WHERE e.status IN ('live', 'withdrawn', 'gone')
		AND NOT EXISTS (SELECT 1 FROM slugs s WHERE s.entry_id = e.id AND s.state = 'current' AND s.slug = e.slug)`,
	"an edition whose address is not its entry's": `SELECT count(*) FROM editions d
		WHERE NOT EXISTS (SELECT 1 FROM slugs s WHERE s.entry_id = d.entry_id AND s.slug = d.slug)`,
	"an address reserved by no draft": `SELECT count(*) FROM slugs s WHERE s.state = 'reserved'
		AND NOT EXISTS (SELECT 1 FROM editions d WHERE d.entry_id = s.entry_id AND d.state = 'draft' AND d.slug = s.slug)`,
	"an edition without its type's row": `SELECT count(*) FROM editions d JOIN entries e ON e.id = d.entry_id WHERE d.id NOT IN (
		SELECT edition_id FROM principles WHERE e.type = 'principle' UNION ALL SELECT edition_id FROM pages WHERE e.type = 'page'
		UNION ALL SELECT edition_id FROM case_studies WHERE e.type = 'case-study'
		UNION ALL SELECT edition_id FROM toolkit_assets WHERE e.type = 'toolkit-asset')`,
	"a hole in the change log": `SELECT count(*) FROM change_head h, (SELECT count(*) AS n, coalesce(max(seq), 0) AS m FROM changes) AS c
		WHERE h.seq <> c.n OR h.seq <> c.m`,
	"a line about what was never public": `SELECT count(*) FROM changes c JOIN entries e ON e.id = c.entry_id WHERE e.status = 'draft'`,
	"a last line that tells another state": `SELECT count(*) FROM entries e JOIN changes c ON c.entry_id = e.id
		WHERE c.seq = (SELECT max(seq) FROM changes l WHERE l.entry_id = e.id AND l.event <> 'refreshed')
		AND c.event <> CASE e.status WHEN 'live' THEN 'published' ELSE e.status END`,
	"a schedule that its entry does not repeat, or an entry that repeats none": `SELECT count(*) FROM (
		SELECT entry_id, act, at FROM schedules EXCEPT SELECT id, 'publish', publish_at FROM entries EXCEPT SELECT id, 'unpublish', unpublish_at FROM entries
		UNION ALL SELECT id, 'publish', publish_at FROM entries WHERE publish_at IS NOT NULL AND id NOT IN (SELECT entry_id FROM schedules WHERE act = 'publish')
		UNION ALL SELECT id, 'unpublish', unpublish_at FROM entries WHERE unpublish_at IS NOT NULL AND id NOT IN (SELECT entry_id FROM schedules WHERE act = 'unpublish')) AS d`,
	"a schedule of what was recalled, or the unpublish of what will not be public": `SELECT count(*) FROM schedules s JOIN entries e ON e.id = s.entry_id
		WHERE e.status = 'recalled' OR e.status = 'draft' AND e.publish_at IS NULL`,
	"a write without its audit row": `SELECT count(*) FROM entries e
		WHERE e.version <> (SELECT count(DISTINCT a.version) FROM audit a WHERE a.entry_id = e.id)`,
}

// wantInvariants looks for what must never be, and demands that nothing derived has to be put right.
func wantInvariants(t *testing.T, s *apitest.Service) {
	t.Helper()
	for what, query := range invariants {
		if n := number(t, s.DB, query); n != 0 {
			t.Errorf("there is %s (%d)", what, n)
		}
	}
	if n := rebuild(t, s.DB); n != 0 {
		t.Errorf("%d entries do not repeat what their editions say", n)
	}
	wantSearchKept(t, s)
}

// rebuild puts right what is derived, and gives how many entries were wrong.
func rebuild(t *testing.T, db *database.DB) (changed int) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) (err error) {
		changed, err = content.Rebuild(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestRandomWalksKeepTheInvariants(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			apitest.Each(t, func(t *testing.T, s *apitest.Service) {
				w := walker{t: t, s: s, random: rand.New(rand.NewPCG(seed, 0))}
				seen, copied := w.publicDigests(), newCopy(s)
				for range 12 {
					for range 10 {
						last := lastSeq(t, s)
						w.step()
						seen = w.wantTold(seen, last)
					}
					wantInvariants(t, s)
					copied.follow(t)
					wantSame(t, "a copy kept by the change log", copied.digests(t), byID(seen))
					if t.Failed() {
						t.Fatalf("after:\n%s", strings.Join(w.done, "\n"))
					}
				}
				whole := newCopy(s)
				whole.follow(t)
				wantSame(t, "a copy made of the change log", whole.digests(t), byID(seen))
				w.wantVariety()
			})
		})
	}
}

// Several walk through the same content at once.
func TestRandomWalksAtOnceKeepTheInvariants(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		first := walker{t: t, s: s, random: rand.New(rand.NewPCG(3, 0))}
		for range 20 {
			first.step()
		}
		copied := newCopy(s)
		atOnce(6, func(i int) *apitest.Answer {
			if i == 0 { // a partner follows meanwhile
				for range 40 {
					copied.follow(t)
				}
				return nil
			}
			w := walker{t: t, s: s, random: rand.New(rand.NewPCG(4, uint64(i))), entries: slices.Clone(first.entries)}
			for range 40 {
				w.step()
			}
			return nil
		})
		wantInvariants(t, s)
		copied.follow(t)
		wantSame(t, "a copy kept while others wrote", copied.digests(t), byID(first.publicDigests()))
	})
}

// What is derived is worked out again when it was damaged.
func TestRebuildPutsRight(t *testing.T) {
	t.Parallel()
	apitest.Each(t, func(t *testing.T, s *apitest.Service) {
		w := walker{t: t, s: s, random: rand.New(rand.NewPCG(5, 0))}
		for range 60 {
			w.step()
		}
		for range 3 {
			published(s, "/v1/principles", doc{"title": "Numbered", "summary": "s"})
		}
		for _, damage := range []string{
			"UPDATE entries SET title = 'wrong', slug = 'wrong' WHERE status = 'live' AND type = 'principle'",
			"UPDATE entries SET title_key = NULL WHERE status = 'live'",
			"UPDATE entries SET first_published_at = saved_at, updated_at = NULL WHERE status = 'live' AND type = 'principle'",
			"UPDATE entries SET place = place * 2 WHERE status = 'live'",
			"DELETE FROM listings WHERE list_id IN (SELECT id FROM lists WHERE dimension = '')",
			"UPDATE listings SET updated_at = '2020-01-01 00:00:00+00:00', place = place + 1",
			"UPDATE listings SET mask = 0",
			"UPDATE lists SET total = total + 1 WHERE dimension = 'language'",
			"UPDATE list_pairs SET total = total - 1",
			"DELETE FROM lists",
		} {
			before := w.publicDigests()
			dbtest.Exec(t, s.DB, damage)
			if rebuild(t, s.DB) == 0 {
				t.Errorf("not noticed: %s", damage)
			}
			wantInvariants(t, s)
			wantSame(t, damage, w.publicDigests(), before)
		}
	})
}
