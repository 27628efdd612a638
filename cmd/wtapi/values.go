package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/slug"
	"github.com/cpics/working-together-api/internal/web"
	"github.com/cpics/working-together-api/internal/webhook"
)

// The functions of this file read the text of one setting each. Their errors say what to give instead, and quote what
// was given unless it may hold a password.

// optional lets a setting be empty.
func optional[T any](read func(string) (T, error)) func(string) (T, error) {
	return func(text string) (value T, err error) {
		if text == "" {
			return value, nil
		}
		return read(text)
	}
}

// databaseURL looks at the scheme only; package database knows the rest.
func databaseURL(text string) (string, error) {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok && rest != "" {
			return text, nil
		}
	}
	return "", errors.New("give sqlite: and a path, such as sqlite:data/wtapi.db, or an address that starts with postgres://")
}

// blobURL looks at the form only; package blob knows the rest.
func blobURL(text string) (string, error) { return text, blob.CheckURL(text) }

// address is where to listen.
type address struct{ host, port string }

func (a address) String() string { return net.JoinHostPort(a.host, a.port) }

// reachable is the address for a caller on the same machine: one that stands for all interfaces is none to call.
func (a address) reachable() address {
	ip, err := netip.ParseAddr(a.host)
	if a.host == "" || err == nil && ip.IsUnspecified() {
		a.host = "127.0.0.1"
	}
	return a
}

func listenAddress(text string) (address, error) {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return address{}, fmt.Errorf("%q is not a host and port, such as 127.0.0.1:8080 or :8080", text)
	}
	return address{host, port}, nil
}

func hostPort(text string) (string, error) {
	a, err := listenAddress(text)
	return a.String(), err
}

// webURL is an address that browsers open.
func webURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", errors.New("give an absolute http or https address, such as https://www.example.nhs.uk/")
	}
	return text, nil
}

// plainURL are the characters of an address that need no escaping in HTML, JSON, YAML or a header.
const plainURL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]"

// serviceURL gives the address without a slash at its end.
func serviceURL(text string) (string, error) {
	if _, err := webURL(text); err != nil || strings.Trim(text, plainURL) != "" {
		return "", errors.New("give an absolute http or https address without query or fragment, such as https://api.example.nhs.uk")
	}
	return strings.TrimRight(text, "/"), nil
}

func siteTemplate(text string) (string, error) {
	filled := strings.NewReplacer("{type}", "page", "{slug}", "toolkit").Replace(text)
	_, err := webURL(filled)
	if err != nil || !strings.Contains(text, "{type}") || !strings.Contains(text, "{slug}") || strings.ContainsAny(filled, "{} ") {
		return "", fmt.Errorf("%q is not an address with {type} and {slug} in it, such as https://www.example.nhs.uk/working-together/{type}/{slug}", text)
	}
	return text, nil
}

func words(text string) (string, error) {
	if text == "" {
		return "", errors.New("give some text")
	}
	return text, nil
}

func pageSlug(text string) (string, error) {
	if !slug.Valid(text) {
		return "", fmt.Errorf("%q is not the slug of a page, such as working-together", text)
	}
	return text, nil
}

func oneOf(allowed ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if !slices.Contains(allowed, text) {
			return "", fmt.Errorf("%q is not one of %s", text, strings.Join(allowed, ", "))
		}
		return text, nil
	}
}

// list splits at commas; an empty text is an empty list.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func proxies(text string) ([]string, error) {
	given := list(text)
	_, err := web.TrustedProxies(given)
	return given, err
}

func origins(text string) ([]string, error) {
	given := list(text)
	var wrong []error
	for _, origin := range given {
		if !web.ValidOrigin(origin) {
			wrong = append(wrong, fmt.Errorf("%q is not an origin as browsers send it, such as https://edit.example.nhs.uk", origin))
		}
	}
	return given, errors.Join(wrong...)
}

func webhookExceptions(text string) ([]string, error) {
	given := list(text)
	_, err := webhook.NewGuard(given)
	return given, err
}

func number(low, high int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("%q is not a number from %d to %d", text, low, high)
		}
		return n, nil
	}
}

func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a length of time, such as 25s or 2m", text)
	}
	return d, nil
}

func level(text string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(text)); err != nil {
		return 0, fmt.Errorf("%q is not one of debug, info, warn, error", text)
	}
	return l, nil
}
