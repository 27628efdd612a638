package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/memory/late"
)

// commands is the command line: the settings, which every sub-command takes, and the sub-commands.
type commands struct {
	Help helpFlag `short:"h" help:"Show what a command does and takes."`
	settings

	Serve       serveCmd       `cmd:"" help:"Serve the API; migrate the database and load the starter content first."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database's schema up to date, or show where it is."`
	Seed        seedCmd        `cmd:"" help:"Load the starter content into an empty service; fail for any other."`
	Token       tokenCmd       `cmd:"" help:"Create, list and revoke the tokens that editors and programs show."`
	Files       filesCmd       `cmd:"" help:"Look after the files that are kept."`
	Mirror      mirrorCmd      `cmd:"" help:"Keep a folder equal to what a service shows to the public, for any static web server."`
	OpenAPI     openAPICmd     `cmd:"" name:"openapi" help:"Print the description of the API."`
	Version     versionCmd     `cmd:"" help:"Print the program's version."`
	HelpCmd     helpCmd        `cmd:"" name:"help" help:"List the commands, and every setting with its default."`
	Healthcheck healthcheckCmd `cmd:"" hidden:"" help:"Ask the service at WT_LISTEN whether it is alive."`
}

// program is what a sub-command works with.
type program struct {
	settings       settings
	unknown        []string // WT_… names of the environment that are no setting
	stdout, stderr io.Writer
}

// run is the whole program: args without its name, env as os.Environ gives it. It returns when the command is done, or
// soon after ctx is; what the operator must know is in the error, one line for each thing that is wrong.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	var line commands
	vars := variables(env)
	parser, err := kong.New(&line,
		kong.Name("wtapi"),
		kong.Description("The Working Together API. Every setting is a flag and an environment variable of the same name."),
		kong.Writers(stdout, stderr),
		kong.NoDefaultHelp(),
		kong.Resolvers(vars),
		kong.ValueFormatter(describe),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if errors.Is(err, errHelpShown) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; see wtapi help", err)
	}
	if parsed.Command() != "serve" { // which has little to collect until it is over with its start, and says when it is
		late.Over()
	}
	return parsed.Run(&program{settings: line.settings, unknown: vars.unknown(parser.Model.Flags), stdout: stdout, stderr: stderr})
}

// withDatabase reads the settings, opens the database for use and closes it after.
func (p *program) withDatabase(ctx context.Context, use func(config, *database.DB) error) error {
	cfg, err := p.settings.read()
	if err != nil {
		return err
	}
	return openDatabase(ctx, cfg, func(db *database.DB) error { return use(cfg, db) })
}

// openDatabase opens the database for use and closes it after.
func openDatabase(ctx context.Context, cfg config, use func(*database.DB) error) error {
	db, err := database.Open(ctx, cfg.database)
	if err != nil {
		return fmt.Errorf("WT_DATABASE_URL: %w", err)
	}
	defer db.Close() // after a panic; a second time it does nothing
	return errors.Join(use(db), db.Close())
}

// environment is the WT_… variables by name, for package kong to take settings from.
type environment map[string]string

// variables picks what could be a setting. An empty value counts as none, as a compose file passes on what is not set.
func variables(env []string) environment {
	found := environment{}
	for _, pair := range env {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "WT_") && value != "" {
			found[name] = value
		}
	}
	return found
}

// Validate has nothing to say: what the variables hold is judged with what the flags hold.
func (environment) Validate(*kong.Application) error { return nil }

// Resolve gives a setting that no flag has set. Flags of sub-commands are no settings.
func (e environment) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	value, set := e[variable(flag.Name)]
	if !set || parent.App == nil {
		return nil, nil
	}
	return value, nil
}

// unknown lists the variables that name none of the settings.
func (e environment) unknown(settings []*kong.Flag) []string {
	left := maps.Clone(e)
	for _, flag := range settings {
		delete(left, variable(flag.Name))
	}
	return slices.Sorted(maps.Keys(left))
}

// variable is the environment variable of the flag with the name: of "base-url", "WT_BASE_URL".
func variable(flag string) string {
	return "WT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
