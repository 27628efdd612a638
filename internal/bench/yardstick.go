package main

import (
	"context"
	"database/sql"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite"
)

// A yardstick is the least that a server could do. Each runs as a process of its own, of this same program:
// bench yardstick <kind> <address> <source>.

// kept is an answer that was recorded.
type kept struct {
	Header http.Header
	Body   []byte
}

func yardstick(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("yardstick: kind, address, source")
	}
	var handler http.Handler
	var err error
	switch kind, source := args[0], args[2]; kind {
	case "bare":
		handler, err = bare(source)
	case "postgres":
		handler, err = jsonFromPostgres(ctx, source)
	case "write-postgres":
		handler, err = writeToPostgres(ctx, source)
	case "write-sqlite":
		handler, err = writeToSQLite(source)
	case "sqlite":
		handler, err = jsonFromSQLite(source)
	default:
		err = fmt.Errorf("there is no yardstick %s", kind)
	}
	if err != nil {
		return err
	}
	return http.ListenAndServe(args[1], handler)
}

// bare writes recorded answers from memory, with the headers they had.
func bare(source string) (http.Handler, error) {
	file, err := os.Open(source)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var answers map[string]kept
	if err := gob.NewDecoder(file).Decode(&answers); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.RequestURI]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		for name, values := range answer.Header {
			h[name] = values
		}
		_, _ = w.Write(answer.Body) // who does not read it is gone
	}), nil
}

// fields are those of a list item that one statement can make; the digest is no work for a database.
const postgresJSON = `SELECT coalesce(json_agg(i ORDER BY at DESC, id DESC), '[]')::text FROM (
	SELECT e.id, e.first_published_at AS at, json_build_object('id', e.id, 'type', e.type, 'slug', d.slug, 'title', d.title,
		'language', d.language, 'edition', d.number, 'status', e.status, 'summary', d.summary,
		'licence', json_build_object('name', $5::text, 'url', $6::text), 'attribution', json_build_object('text', $7::text, 'url', $6::text),
		'links', json_build_object('self', $4 || '/v1/case-studies/' || d.slug, 'web', $4 || '/v1/case-studies/' || d.slug),
		'firstPublishedAt', e.first_published_at, 'publishedAt', d.published_at, 'updatedAt', e.updated_at, 'changeNote', d.change_note,
		'principles', (SELECT json_agg(json_build_object('id', x.id, 'type', x.type, 'slug', x.slug, 'title', x.title, 'number', x.place,
			'href', $4 || '/v1/principles/' || x.slug) ORDER BY l.position) FROM edition_links l JOIN entries x ON x.id = l.target_id AND x.status = 'live'
			WHERE l.edition_id = d.id AND l.relation = 'principles'),
		'organisations', (SELECT json_agg(json_build_object('id', x.id, 'type', x.type, 'slug', x.slug, 'title', x.title, 'shortName', x.short_name,
			'href', $4 || '/v1/organisations/' || x.slug) ORDER BY l.position) FROM edition_links l JOIN entries x ON x.id = l.target_id AND x.status = 'live'
			WHERE l.edition_id = d.id AND l.relation = 'organisations'),
		'topics', (SELECT json_agg(json_build_object('id', x.id, 'type', x.type, 'slug', x.slug, 'title', x.title,
			'href', $4 || '/v1/topics/' || x.slug) ORDER BY l.position) FROM edition_links l JOIN entries x ON x.id = l.target_id AND x.status = 'live'
			WHERE l.edition_id = d.id AND l.relation = 'topics')) AS i
	FROM entries e JOIN editions d ON d.entry_id = e.id AND d.state = 'live' JOIN case_studies t ON t.edition_id = d.id
	WHERE e.type = 'case-study' AND e.status = 'live' AND (e.first_published_at, e.id) < ($1, $2)
	ORDER BY e.first_published_at DESC, e.id DESC LIMIT $3) AS page`

// sqliteJSON is the same in SQLite's words.
var sqliteJSON = strings.NewReplacer("json_agg(i ORDER BY at DESC, id DESC)", "json_group_array(json(i) ORDER BY at DESC, id DESC)",
	"::text", "", "json_build_object", "json_object", "SELECT json_agg(", "SELECT json_group_array(").Replace(postgresJSON)

const (
	licenceName = "Open Government Licence v3.0"
	licenceURL  = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
	attribution = "Contains public sector information licensed under the Open Government Licence v3.0."
)

// place reads which part of the list is asked for: ?n=…&limit=…, the study that stands before it.
func place(r *http.Request) (at time.Time, entry uuid.UUID, limit int) {
	query := r.URL.Query()
	n, err := strconv.Atoi(query.Get("n"))
	limit, _ = strconv.Atoi(query.Get("limit")) // 0 is answered with nothing
	if err != nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max, limit
	}
	at = began.Add(time.Duration(n+1) * apart)
	return at, id("entry", n, at), limit
}

func answerJSON(w http.ResponseWriter, text string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	body := `{"items":` + text + `}`
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write([]byte(body)) // who does not read it is gone
}

// single are statements of one text beside the list's, by path: with the kept count of the list, and with a number that
// the list's own statement reads in any case, by which the count's part is known. Both begin to read the database, which
// that statement has done before it counts.
var single = map[string]string{
	"/total": `SELECT CAST(coalesce((SELECT total FROM lists
		WHERE type = 'case-study' AND status = 'live' AND dimension = '' AND value = ''), 0) AS text)`,
	"/nothing": "SELECT CAST((SELECT seq FROM change_head) AS text)",
}

// singleTimes is how often a single statement is sent for one request: what one costs is little beside a request, whose
// own cost differs more from round to round.
const singleTimes = 50

// repeated sends a statement as often as that.
func repeated(send func() error) (err error) {
	for n := 0; n < singleTimes && err == nil; n++ {
		err = send()
	}
	return err
}

// jsonFromPostgres answers a list with one hand-written statement.
func jsonFromPostgres(ctx context.Context, url string) (http.Handler, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text string
		if statement, ok := single[r.URL.Path]; ok {
			err := repeated(func() error { return pool.QueryRow(r.Context(), statement).Scan(&text) })
			answerJSON(w, text, err)
			return
		}
		at, entry, limit := place(r)
		err := pool.QueryRow(r.Context(), postgresJSON, at, entry, limit, "http://"+r.Host, licenceName, licenceURL, attribution).Scan(&text)
		answerJSON(w, text, err)
	}), nil
}

// jsonFromSQLite is jsonFromPostgres for SQLite, with the statement prepared and the memory the service has.
func jsonFromSQLite(path string) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_query_only=1&_time_format=sqlite&_journal_mode=WAL")
	if err != nil {
		return nil, err
	}
	stmt, err := db.Prepare(sqliteJSON)
	if err != nil {
		return nil, err
	}
	singles := map[string]*sql.Stmt{}
	for path, statement := range single {
		if singles[path], err = db.Prepare(statement); err != nil {
			return nil, err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text string
		if one := singles[r.URL.Path]; one != nil {
			err := repeated(func() error { return one.QueryRowContext(r.Context()).Scan(&text) })
			answerJSON(w, text, err)
			return
		}
		at, entry, limit := place(r)
		err := stmt.QueryRowContext(r.Context(), at, entry.String(), limit, "http://"+r.Host, licenceName, licenceURL, attribution).Scan(&text)
		answerJSON(w, text, err)
	}), nil
}

// page is what a create sends.
type page struct{ Title, Summary, Body string }

// pageRows are the rows of a new draft of a page, one statement a table.
var pageRows = []string{
	`INSERT INTO entries (id, type, status, version, created_at, created_by, saved_at, saved_by) VALUES ($1, 'page', 'draft', 1, $2, 'bench', $2, 'bench')`,
	`INSERT INTO editions (id, entry_id, number, state, slug, title, title_key, summary, language, last_reviewed_on, review_due_on)
		VALUES ($1, $2, 1, 'draft', $3, $4, $5, $6, 'en-GB', '', '')`,
	`INSERT INTO pages (edition_id, body) VALUES ($1, $2)`,
	`INSERT INTO slugs (type, slug, entry_id, state) VALUES ('page', $1, $2, 'reserved')`,
	`INSERT INTO audit (id, at, actor_id, actor_name, action, type, entry_id, version, edition, fields, address, request_id)
		VALUES ($1, $2, 'bench', 'bench', 'create', 'page', $3, 1, 1, 'body,summary,title', '127.0.0.1', $4)`,
}

// writePage runs the statements.
func writePage(r *http.Request, exec func(statement string, args ...any) error) (string, error) {
	var in page
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return "", err
	}
	entry, edition, row := uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String()
	slug, now := strings.ReplaceAll(strings.ToLower(in.Title), " ", "-"), time.Now().UTC().Truncate(time.Second)
	for i, args := range [][]any{{entry, now}, {edition, entry, slug, in.Title, []byte(in.Title), in.Summary}, {edition, in.Body},
		{slug, entry}, {row, now, entry, row}} {
		if err := exec(pageRows[i], args...); err != nil {
			return "", err
		}
	}
	return `[{"id":"` + entry + `"}]`, nil
}

// writeToPostgres stores a page with a transaction written by hand.
func writeToPostgres(ctx context.Context, url string) (http.Handler, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text string
		err := pgx.BeginFunc(r.Context(), pool, func(tx pgx.Tx) (err error) {
			text, err = writePage(r, func(statement string, args ...any) error {
				_, err := tx.Exec(r.Context(), statement, args...)
				return err
			})
			return err
		})
		answerJSON(w, text, err)
	}), nil
}

// writeToSQLite is writeToPostgres for SQLite, as durable as the service: one writer, which waits for the disk.
func writeToSQLite(path string) (http.Handler, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_time_format=sqlite&_busy_timeout=5000&_foreign_keys=1")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var text string
		tx, err := db.BeginTx(r.Context(), nil)
		if err == nil {
			text, err = writePage(r, func(statement string, args ...any) error {
				_, err := tx.ExecContext(r.Context(), statement, args...)
				return err
			})
			if err == nil {
				err = tx.Commit()
			} else {
				_ = tx.Rollback() // what failed says why
			}
		}
		answerJSON(w, text, err)
	}), nil
}

// ids reads the ids of a list, in its order.
func ids(body []byte) ([]string, error) {
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var all []string
	for _, item := range list.Items {
		all = append(all, item.ID)
	}
	return all, nil
}
