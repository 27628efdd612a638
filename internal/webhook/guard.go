package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/cpics/working-together-api/internal/errs"
)

const maxURL = 2000 // bytes

// Guard decides where deliveries may go: to https addresses of the public internet, and to the exceptions that the
// operator made. Without it, whoever may write a webhook could reach what only this machine can.
type Guard struct {
	networks []netip.Prefix
	hosts    []string // names in lower case
}

// NewGuard makes a guard with exceptions: CIDR ranges, addresses or host names. It fails with a line for each that is
// none of these.
func NewGuard(exceptions []string) (*Guard, error) {
	g := &Guard{}
	var wrong []error
	for _, text := range exceptions {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			g.networks = append(g.networks, prefix.Masked())
		} else if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			g.networks = append(g.networks, netip.PrefixFrom(addr, addr.BitLen()))
		} else if name := hostName(text); validName(name) {
			g.hosts = append(g.hosts, name)
		} else {
			wrong = append(wrong, fmt.Errorf("%q is no CIDR range, address or host name, such as 10.1.0.0/16 or hooks.example.internal", text))
		}
	}
	return g, errors.Join(wrong...)
}

// hostName is a host as it is compared: names have no case, and a dot at the end says nothing.
func hostName(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// validName reports whether a host in lower case is a name (RFC 1123, section 2.1) and no number in any spelling: names
// whose last label is one are addresses to some programs (WHATWG URL, "ends in a number").
func validName(name string) bool {
	if len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return !numeric(labels[len(labels)-1])
}

func numeric(label string) bool {
	hex, isHex := strings.CutPrefix(label, "0x")
	return isHex && strings.Trim(hex, "0123456789abcdef") == "" || strings.Trim(label, "0123456789") == ""
}

// Faults are all that the text of a URL shows to be wrong with it as a target. No name is looked up.
func (g *Guard) Faults(text string) []errs.Fault {
	const pointer = "/url"
	u, err := url.Parse(text)
	visible := !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	if err != nil || !visible || len(text) > maxURL || u.Hostname() == "" || !validPort(u) {
		return []errs.Fault{errs.At(pointer, errs.Format,
			"Give an absolute https address in ASCII, of at most %d characters, such as https://www.example.nhs.uk/hooks/working-together.", maxURL)}
	}
	var faults []errs.Fault
	if u.User != nil {
		faults = append(faults, errs.At(pointer, errs.Format, "Leave user and password out of the address."))
	}
	if u.Fragment != "" || strings.Contains(text, "#") {
		faults = append(faults, errs.At(pointer, errs.Format, "Leave out # and what follows: it is never sent."))
	}
	host := hostName(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || !g.excepts(host)) {
		faults = append(faults, errs.At(pointer, errs.Format, "Give an address that starts with https://."))
	}
	if why := g.refusesHost(host); why != "" {
		faults = append(faults, errs.At(pointer, errs.Range, "%s", why))
	}
	return faults
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

// excepts reports whether the operator made an exception of a host as a URL has it.
func (g *Guard) excepts(host string) bool {
	if slices.Contains(g.hosts, host) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if host == "localhost" {
		addr, err = netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	return err == nil && g.exceptsAddress(addr)
}

func (g *Guard) exceptsAddress(addr netip.Addr) bool {
	addr = addr.Unmap()
	return slices.ContainsFunc(g.networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// refusesHost says why a host cannot be a target, whatever it resolves to; "" when it may be one.
func (g *Guard) refusesHost(host string) string {
	if g.excepts(host) {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && !public(addr):
		return "This address is not on the public internet. Give one that everybody can reach."
	case err == nil:
		return ""
	case host == "localhost" || strings.HasSuffix(host, ".localhost"): // RFC 6761, section 6.3
		return "This name stands for the service's own machine. Give an address that everybody can reach."
	case !validName(host):
		return "This is neither a host name nor an address in its usual spelling, such as www.example.nhs.uk."
	}
	return ""
}

// notPublic are the ranges that are no part of the public internet, or that lead to addresses hidden inside others
// (IANA's registries of special-purpose addresses, RFC 6890). Of IPv6, what is outside of 2000::/3 is not public either.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", // Teredo and other assignments of the protocol
	"2001:db8::/32", "2002::/16", "3fff::/20",
)

var globalUnicast = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// public reports whether an address is one of the public internet.
func public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.Zone() != "" || addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// refusal is what a connection fails with that the guard does not allow.
type refusal struct{ why string }

func (r refusal) Error() string { return r.why }

// dialer connects by the guard's leave, which is asked for every address that a name has, after it was looked up: what
// a name stood for when the webhook was saved means nothing. Without encryption, only exceptions are reached.
func (g *Guard) dialer(encrypted bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: dialTimeout, Control: func(network, address string, _ syscall.RawConn) error {
			return g.allows(hostName(host), network, address, encrypted)
		}}
		return d.DialContext(ctx, network, address)
	}
}

// allows judges a connection to an address and port, which a host was resolved to.
func (g *Guard) allows(host, network, address string, encrypted bool) error {
	to, err := netip.ParseAddrPort(address)
	switch {
	case err != nil || network != "tcp4" && network != "tcp6":
		return refusal{"The connection is of a kind that is not allowed."}
	case slices.Contains(g.hosts, host) || g.exceptsAddress(to.Addr()):
		return nil
	case !encrypted:
		return refusal{"Only https is allowed to this address."}
	case !public(to.Addr()):
		return refusal{"The name stands for an address that is not on the public internet. No connection was made."}
	}
	return nil
}
