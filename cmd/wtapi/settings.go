package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/content"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/file/clamd"
)

// settings are all that can be set, as text: what is wrong with them is then found at once, and not one mistake a
// start. The variable of a setting is its flag in capitals after WT_.
type settings struct {
	DatabaseURL string `group:"Settings" placeholder:"URL" default:"sqlite:data/wtapi.db" help:"The database: sqlite: and a path, or postgres://…."`
	Listen      string `group:"Settings" placeholder:"HOST:PORT" default:"127.0.0.1:8080" help:"Where to listen; :8080 is port 8080 of every address of the machine."`
	BaseURL     string `group:"Settings" placeholder:"URL" help:"The service's public address, which every link starts with. Default: http:// and the listen address."`
	SiteURL     string `group:"Settings" placeholder:"URL" help:"Where readers find an item on the website, with {type} and {slug} in it. Default: links lead to this API."`
	Seed        string `group:"Settings" placeholder:"auto|off" default:"auto" help:"Whether a service in which nothing was ever written gets the starter content when it starts."`

	BlobURL                string `group:"Settings" name:"blob-url" placeholder:"URL" default:"file:data/files" help:"Where files are kept: file: and a folder, or s3://… or azblob://… with parameters."`
	MaxUploadMB            string `group:"Settings" name:"max-upload-mb" placeholder:"N" default:"100" help:"The largest file, in units of 1024 × 1024 bytes."`
	RequireAccessibleFiles string `group:"Settings" placeholder:"true|false" default:"false" help:"Whether a document that not everybody can read, without an alternative, stops publishing."`
	ClamAVAddr             string `group:"Settings" name:"clamav-addr" placeholder:"HOST:PORT|/PATH" help:"Where ClamAV's daemon listens; it looks at every file before anybody gets it. Default: no scanner."`

	LicenceName     string `group:"Settings" placeholder:"TEXT" default:"Open Government Licence v3.0" help:"The licence of the content."`
	LicenceURL      string `group:"Settings" placeholder:"URL" default:"https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/" help:"Where to read it."`
	AttributionText string `group:"Settings" placeholder:"TEXT" default:"Contains public sector information licensed under the Open Government Licence v3.0." help:"What a copy must say about where it comes from."`
	AttributionURL  string `group:"Settings" placeholder:"URL" default:"https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/" help:"What that statement links to."`
	OverviewPage    string `group:"Settings" placeholder:"SLUG" default:"working-together" help:"The page that the overview shows."`
	ToolkitPage     string `group:"Settings" placeholder:"SLUG" default:"toolkit" help:"The page that the overview leads to."`

	TrustedProxies  string `group:"Settings" placeholder:"LIST" help:"Addresses or CIDR ranges, separated by commas, whose X-Forwarded-For is believed. Default: none."`
	CORSOrigins     string `group:"Settings" name:"cors-origins" placeholder:"LIST" help:"Origins, separated by commas, whose scripts may write. Default: none."`
	WebhookAllow    string `group:"Settings" placeholder:"LIST" help:"CIDR ranges or host names, separated by commas, that webhooks may lead to although they are not on the public internet, without https too. Default: none."`
	MaxBodyKB       string `group:"Settings" name:"max-body-kb" placeholder:"N" default:"1024" help:"The largest JSON body, in units of 1024 bytes."`
	CacheMB         string `group:"Settings" name:"cache-mb" placeholder:"N" help:"How much memory ready answers may take, in units of 1024 × 1024 bytes. Default: 16, or a third of GOMEMLIMIT where that is less."`
	ShutdownTimeout string `group:"Settings" placeholder:"DURATION" default:"25s" help:"How long requests under way may take to finish when the service stops."`
	OpsListen       string `group:"Settings" placeholder:"HOST:PORT" help:"Where to serve metrics (/metrics) and profiles (/debug/pprof/) to the operator; keep it private. Default: nowhere."`
	LogLevel        string `group:"Settings" placeholder:"LEVEL" default:"info" help:"The least that is logged: debug, info, warn or error."`
}

// config is what the settings say.
type config struct {
	database        database.Config
	listen          address
	baseURL         string // without a slash at the end; empty: from the listen address
	siteURL         string
	seed            bool
	blobURL         string
	maxUploadMB     int
	accessibleFiles bool
	scanner         *clamd.Scanner // nil: none
	licence         content.Licence
	attribution     content.Attribution
	overviewPage    string
	toolkitPage     string
	trustedProxies  []string
	corsOrigins     []string
	webhookAllow    []string
	maxBodyKB       int
	cacheMB         int // 0: as suits most
	shutdownTimeout time.Duration
	opsListen       string
	logLevel        slog.Level
}

// read makes sense of the settings. All that is wrong with them is in the error, one line each.
func (s settings) read() (config, error) {
	var m mistakes
	c := config{
		database:    database.Config{URL: check(&m, "WT_DATABASE_URL", s.DatabaseURL, databaseURL)},
		listen:      check(&m, "WT_LISTEN", s.Listen, listenAddress),
		baseURL:     check(&m, "WT_BASE_URL", s.BaseURL, optional(serviceURL)),
		siteURL:     check(&m, "WT_SITE_URL", s.SiteURL, optional(siteTemplate)),
		seed:        check(&m, "WT_SEED", s.Seed, oneOf("auto", "off")) == "auto",
		blobURL:     check(&m, "WT_BLOB_URL", s.BlobURL, blobURL),
		maxUploadMB: check(&m, "WT_MAX_UPLOAD_MB", s.MaxUploadMB, number(1, 1<<20)),
		licence:     content.Licence{Name: check(&m, "WT_LICENCE_NAME", s.LicenceName, words), URL: check(&m, "WT_LICENCE_URL", s.LicenceURL, webURL)},
		attribution: content.Attribution{Text: check(&m, "WT_ATTRIBUTION_TEXT", s.AttributionText, words), URL: check(&m, "WT_ATTRIBUTION_URL", s.AttributionURL, webURL)},

		accessibleFiles: check(&m, "WT_REQUIRE_ACCESSIBLE_FILES", s.RequireAccessibleFiles, oneOf("true", "false")) == "true",
		scanner:         check(&m, "WT_CLAMAV_ADDR", s.ClamAVAddr, optional(clamd.New)),
		overviewPage:    check(&m, "WT_OVERVIEW_PAGE", s.OverviewPage, pageSlug),
		toolkitPage:     check(&m, "WT_TOOLKIT_PAGE", s.ToolkitPage, pageSlug),
		trustedProxies:  check(&m, "WT_TRUSTED_PROXIES", s.TrustedProxies, proxies),
		corsOrigins:     check(&m, "WT_CORS_ORIGINS", s.CORSOrigins, origins),
		webhookAllow:    check(&m, "WT_WEBHOOK_ALLOW", s.WebhookAllow, webhookExceptions),
		maxBodyKB:       check(&m, "WT_MAX_BODY_KB", s.MaxBodyKB, number(1, 1<<20)),
		cacheMB:         check(&m, "WT_CACHE_MB", s.CacheMB, optional(number(1, 1<<20))),
		shutdownTimeout: check(&m, "WT_SHUTDOWN_TIMEOUT", s.ShutdownTimeout, duration),
		opsListen:       check(&m, "WT_OPS_LISTEN", s.OpsListen, optional(hostPort)),
		logLevel:        check(&m, "WT_LOG_LEVEL", s.LogLevel, level),
	}
	return c, m.err()
}

// mistakes gathers what is wrong.
type mistakes []string

// check reads one setting, or notes what is wrong with it.
func check[T any](m *mistakes, name, text string, read func(string) (T, error)) T {
	value, err := read(strings.TrimSpace(text))
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") { // of a list, each that is wrong
			*m = append(*m, name+": "+line)
		}
	}
	return value
}

// err is all mistakes; nil when there are none.
func (m mistakes) err() error {
	switch len(m) {
	case 0:
		return nil
	case 1:
		return errors.New(m[0])
	default:
		return fmt.Errorf("%d settings are wrong:\n  %s", len(m), strings.Join(m, "\n  "))
	}
}
