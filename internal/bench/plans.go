package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/content/casestudy"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/richtext"
)

// plans prints how the engines go about the statements of lists in the largest data set.
func (b *bench) plans(ctx context.Context, w *world) error {
	db, err := database.Open(ctx, database.Config{URL: w.url})
	if err != nil {
		return err
	}
	defer db.Close()
	text, err := richtext.New("http://bench", content.Collections()...)
	if err != nil {
		return err
	}
	repo := casestudy.NewRepository(&content.Site{BaseURL: "http://bench", Text: text})
	for _, list := range []struct {
		what    string
		filters map[string][]string
		facets  []string
	}{
		{"the list", nil, nil},
		{"one topic", map[string][]string{"topic": {"topic-0"}}, nil},
		{"three topics", map[string][]string{"topic": {"topic-57", "topic-58", "topic-59"}}, nil},
		{"a topic and an organisation", map[string][]string{"topic": {"topic-59"}, "organisation": {"organisation-39"}}, nil},
		{"facets of one topic", map[string][]string{"topic": {"topic-3"}}, []string{"principle", "organisation"}},
	} {
		fmt.Printf("\n### %s, %s\n\n```text\n", list.what, w)
		err := db.Read(ctx, func(tx *database.Tx) error {
			known, err := new(content.Known).In(tx)
			if err != nil {
				return err
			}
			tx.Statement.ConnPool = &explaining{tx.Statement.ConnPool, w.engine}
			_, err = repo.List(known, content.Listing{Selection: content.Selection{Statuses: []content.Status{content.Live}, Filters: list.filters},
				Window: content.Window{Sort: content.Sorts[newest], Limit: 20}, Facets: list.facets})
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println("```")
	}
	return nil
}

// explaining prints the plan of a list's statement before it is sent.
type explaining struct {
	gorm.ConnPool
	engine database.Engine
}

func (e *explaining) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if strings.Contains(query, "WITH p AS") {
		if err := e.explain(ctx, query, args); err != nil {
			return nil, err
		}
	}
	return e.ConnPool.QueryContext(ctx, query, args...)
}

func (e *explaining) explain(ctx context.Context, query string, args []any) error {
	prefix := "EXPLAIN QUERY PLAN "
	if e.engine == database.Postgres {
		prefix = "EXPLAIN (ANALYZE, COSTS OFF) "
	}
	rows, err := e.ConnPool.QueryContext(ctx, prefix+query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	depth := map[int]int{}
	for rows.Next() {
		var id, parent, unused int
		var line string
		if e.engine == database.Postgres {
			err = rows.Scan(&line)
		} else if err = rows.Scan(&id, &parent, &unused, &line); err == nil {
			depth[id] = depth[parent] + 1
			line = strings.Repeat("  ", depth[id]-1) + line
		}
		if err != nil {
			return err
		}
		fmt.Println(line)
	}
	return rows.Err()
}
