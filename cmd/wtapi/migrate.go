package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/cpics/working-together-api/internal/database"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date, as serve does when it starts."`
	Status migrateStatusCmd `cmd:"" help:"List the migrations and when each was applied."`
}

type migrateUpCmd struct{}

func (migrateUpCmd) Run(ctx context.Context, p *program) error {
	return p.withDatabase(ctx, func(_ config, db *database.DB) error {
		if err := database.Migrate(ctx, db); err != nil {
			return err
		}
		_, err := fmt.Fprintln(p.stdout, "the schema is up to date")
		return err
	})
}

type migrateStatusCmd struct{}

func (migrateStatusCmd) Run(ctx context.Context, p *program) error {
	return p.withDatabase(ctx, func(_ config, db *database.DB) error {
		all, err := database.Status(ctx, db)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, m := range all {
			fmt.Fprintf(table, "%05d\t%s\t%s\n", m.Version, m, moment(m.Applied, "pending"))
		}
		return table.Flush()
	})
}

// moment is a time for a table; none stands for the zero time.
func moment(at time.Time, none string) string {
	if at.IsZero() {
		return none
	}
	return at.UTC().Format(time.RFC3339)
}
