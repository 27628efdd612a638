package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/newest"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, alone: it is shown this once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, newest first, without their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once."`
}

// operator is who acts on the command line.
var operator = auth.System("token")

type tokenCreateCmd struct {
	Name    string    `required:"" placeholder:"NAME" help:"Who uses it, for people."`
	Role    auth.Role `required:"" placeholder:"ROLE" help:"What it allows: reader, editor, publisher or admin; each includes the ones before."`
	Expires lifetime  `placeholder:"TIME" help:"How long it is valid, such as 90d or 12h. Default: until it is revoked."`
}

func (c *tokenCreateCmd) Run(ctx context.Context, p *program) error {
	return p.withTokens(ctx, func(db *database.DB, tokens *auth.Store) error {
		wanted := auth.NewToken{Name: c.Name, Role: c.Role}
		if c.Expires > 0 {
			end := db.Now().Add(time.Duration(c.Expires))
			wanted.ExpiresAt = &end
		}
		_, secret, err := tokens.Create(ctx, operator, wanted)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.stdout, secret)
		return err
	})
}

type tokenListCmd struct{}

func (tokenListCmd) Run(ctx context.Context, p *program) error {
	return p.withTokens(ctx, func(_ *database.DB, tokens *auth.Store) error {
		listed, err := tokens.List(ctx, newest.Part{})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tROLE\tCREATED\tEXPIRES\tLAST USED")
		for _, t := range listed.Items {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role,
				moment(t.CreatedAt, ""), maybe(t.ExpiresAt), maybe(t.LastUsedAt))
		}
		return table.Flush()
	})
}

func maybe(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return moment(*at, "never")
}

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, as list shows it."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, p *program) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return fmt.Errorf("%q is not a token's id; wtapi token list shows them", c.ID)
	}
	return p.withTokens(ctx, func(_ *database.DB, tokens *auth.Store) error {
		return tokens.Revoke(ctx, operator, id)
	})
}

// withTokens gives the tokens of a database that is up to date: the first token may be made before the first start.
func (p *program) withTokens(ctx context.Context, use func(*database.DB, *auth.Store) error) error {
	return p.withDatabase(ctx, func(_ config, db *database.DB) error {
		if err := database.Migrate(ctx, db); err != nil {
			return err
		}
		return use(db, auth.NewStore(db))
	})
}

// lifetime is a length of time that can also be given in days.
type lifetime time.Duration

// UnmarshalText reads a number of days such as 90d, or what time.ParseDuration takes.
func (l *lifetime) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < time.Second {
		return fmt.Errorf("%q is not a length of time, such as 90d or 12h", text)
	}
	*l = lifetime(d)
	return nil
}
