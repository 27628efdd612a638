package main

import (
	"bytes"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// read gives what the arguments and the environment of a service say, as serve would read it.
func read(t *testing.T, args, env []string) (config, error) {
	t.Helper()
	var line commands
	parser, err := kong.New(&line, kong.NoDefaultHelp(), kong.Resolvers(variables(env)))
	must(t, err)
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		return config{}, err
	}
	return line.settings.read()
}

func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	c, err := read(t, nil, nil)
	must(t, err)
	if c.database.URL != "sqlite:data/wtapi.db" || c.listen.String() != "127.0.0.1:8080" || !c.seed || c.maxBodyKB != 1024 ||
		c.licence.Name != "Open Government Licence v3.0" || !strings.HasPrefix(c.attribution.Text, "Contains public sector information") ||
		c.overviewPage != "working-together" || c.toolkitPage != "toolkit" || c.opsListen != "" || c.siteURL != "" ||
		c.address(c.listen) != "http://127.0.0.1:8080" || len(c.trustedProxies)+len(c.corsOrigins) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestEverySettingCanBeSetByVariableAndByFlag(t *testing.T) {
	t.Parallel()
	given := map[string]string{
		"database-url": "postgres://db.example/wt", "listen": ":9000", "base-url": "https://api.example.nhs.uk/", "seed": "off",
		"site-url":     "https://www.example.nhs.uk/{type}/{slug}",
		"licence-name": "L ${x}", "licence-url": "https://l.example/", "attribution-text": "-a, b", "attribution-url": "https://a.example/",
		"overview-page": "about", "toolkit-page": "tools", "trusted-proxies": "10.0.0.0/8, ::1", "webhook-allow": "10.1.0.0/16, hooks.internal", "max-body-kb": "64", "cache-mb": "48",
		"cors-origins": "https://edit.example.nhs.uk", "shutdown-timeout": "1m", "ops-listen": "127.0.0.1:9001", "log-level": "debug",
	}
	var flags, env []string
	for name, value := range given {
		flags = append(flags, "--"+name+"="+value)
		env = append(env, variable(name)+"="+value)
	}
	for source, c := range map[string]func() (config, error){
		"flags":     func() (config, error) { return read(t, flags, []string{"WT_SEED=auto"}) }, // a flag is stronger
		"variables": func() (config, error) { return read(t, nil, env) },
	} {
		c, err := c()
		must(t, err)
		if c.database.URL != given["database-url"] || c.listen != (address{"", "9000"}) || c.baseURL != "https://api.example.nhs.uk" || c.seed ||
			c.siteURL != given["site-url"] || c.licence.Name != "L ${x}" || c.licence.URL != given["licence-url"] ||
			c.attribution.Text != "-a, b" || c.attribution.URL != given["attribution-url"] || c.overviewPage != "about" ||
			c.toolkitPage != "tools" || !slices.Equal(c.trustedProxies, []string{"10.0.0.0/8", "::1"}) || !slices.Equal(c.webhookAllow, []string{"10.1.0.0/16", "hooks.internal"}) || c.maxBodyKB != 64 || c.cacheMB != 48 ||
			!slices.Equal(c.corsOrigins, []string{"https://edit.example.nhs.uk"}) || c.shutdownTimeout != time.Minute ||
			c.opsListen != "127.0.0.1:9001" || c.logLevel != slog.LevelDebug {
			t.Errorf("%s: %+v", source, c)
		}
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	env := []string{"WT_DATABASE_URL=mysql://root:secret@db/", "WT_LISTEN=8080", "WT_BASE_URL=api.example", "WT_SITE_URL=https://x.example/{slug}",
		"WT_SEED=yes", "WT_LICENCE_NAME= ", "WT_LICENCE_URL=x", "WT_ATTRIBUTION_TEXT= ", "WT_ATTRIBUTION_URL=x", "WT_OVERVIEW_PAGE=A",
		"WT_TOOLKIT_PAGE=order", "WT_TRUSTED_PROXIES=10.0.0.0/64", "WT_CORS_ORIGINS=*", "WT_WEBHOOK_ALLOW=https://hooks.internal", "WT_MAX_BODY_KB=0", "WT_CACHE_MB=0", "WT_SHUTDOWN_TIMEOUT=10",
		"WT_OPS_LISTEN=:x", "WT_LOG_LEVEL=loud", "WT_BLOB_URL=ftp://files", "WT_MAX_UPLOAD_MB=0", "WT_CLAMAV_ADDR=clamd", "WT_REQUIRE_ACCESSIBLE_FILES=yes"}
	_, err := read(t, nil, env)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Fatalf("the mistakes: %v", err)
	}
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if strings.Count(err.Error(), "  "+name+": ") != 1 {
			t.Errorf("%s is not named once in: %v", name, err)
		}
	}
}

func TestAllThatIsWrongInAListIsNamed(t *testing.T) {
	t.Parallel()
	for setting, wrong := range map[string][]string{
		"webhook-allow":   {"10.1.0.0/33", "https://hooks.internal", "*.internal"},
		"cors-origins":    {"*", "https://edit.example.nhs.uk/"},
		"trusted-proxies": {"10.0.0.0/64", "proxy"},
	} {
		_, err := read(t, nil, []string{variable(setting) + "=" + strings.Join(wrong, ",")})
		for _, value := range wrong {
			if err == nil || !strings.Contains(err.Error(), variable(setting)+": "+strconv.Quote(value)) {
				t.Errorf("%q is not named: %v", value, err)
			}
		}
	}
}

func TestOneMistakeIsOneLine(t *testing.T) {
	t.Parallel()
	for setting, bad := range map[string][]string{
		"listen":   {"127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "::1:80"},
		"base-url": {"ftp://x.example", "https://x.example/?a=b", "https://x.example/#a", "https://u:p@x.example", "https://x.example/ü", "//x.example"},
		"site-url": {"https://x.example/{type}", "/{type}/{slug}", "https://x.example/{type}/{slug}/{id}"},
	} {
		for _, value := range bad {
			_, err := read(t, nil, []string{variable(setting) + "=" + value})
			failing(t, err, variable(setting)+": ")
		}
	}
}

func TestTheListenAddressIsThePublicOneUntilToldOtherwise(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":8080": "http://127.0.0.1:8080", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80",
		"[::1]:80": "http://[::1]:80", "api.example:80": "http://api.example:80",
	} {
		c, err := read(t, []string{"--listen=" + listen}, []string{"WT_BASE_URL="}) // an empty variable says nothing
		must(t, err)
		if got := c.address(c.listen); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

func TestNamesThatAreNoSettingAreFound(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.NoDefaultHelp())
	must(t, err)
	vars := variables([]string{"WT_SEEDS=off", "WT_NAME=x", "WT_SEED=off", "PATH=/bin", "WT_MAX_BODY=1"})
	if got := vars.unknown(parser.Model.Flags); !slices.Equal(got, []string{"WT_MAX_BODY", "WT_NAME", "WT_SEEDS"}) {
		t.Errorf("unknown: %v", got)
	}
}

func TestHelpListsEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	var asked []string
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}, {"serve", "--help"}, {"token", "create", "-h"}} {
		var out bytes.Buffer
		must(t, run(t.Context(), args, []string{"WT_LISTEN=wrong"}, &out, &out))
		asked = append(asked, strings.Join(strings.Fields(out.String()), " "))
	}
	parser, err := kong.New(&commands{}, kong.NoDefaultHelp())
	must(t, err)
	for _, flag := range parser.Model.Flags {
		for _, help := range asked {
			if !strings.Contains(help, "--"+flag.Name) || flag.Name != "help" && !strings.Contains(help, "("+variable(flag.Name)+")") ||
				!strings.Contains(help, flag.Default) {
				t.Errorf("help does not tell of --%s and its default %q", flag.Name, flag.Default)
			}
		}
		if flag.Name != "help" && !strings.Contains(describe(flag.Value), "Default: ") {
			t.Errorf("--%s does not tell its default", flag.Name)
		}
	}
}
