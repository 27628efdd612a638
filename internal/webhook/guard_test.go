package webhook

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/cpics/working-together-api/internal/errs"
)

func guard(t testing.TB, exceptions ...string) *Guard {
	t.Helper()
	g, err := NewGuard(exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func codes(faults []errs.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Pointer+" "+string(f.Code))
	}
	return strings.Join(all, ", ")
}

func TestWhatAURLShowsIsJudgedWithoutLookingItUp(t *testing.T) {
	t.Parallel()
	const form, hidden = "/url format", "/url range"
	for url, want := range map[string]string{
		"https://hooks.example.nhs.uk/a?b=c": "", "https://hooks.example.nhs.uk:8443": "", "https://HOOKS.example.": "", "https://nowhere.invalid/": "",
		"https://93.184.215.14/": "", "https://[2606:2800:21f:cb07::1]/": "", "https://intranet/": "", "https://1.example/": "",

		"": form, "hooks.example": form, "/hooks": form, "https://": form, "https:///hooks": form, "https://a b/": form, "https://hööks.example/": form,
		"https://a.example:0/": form, "https://a.example:/": form, "https://a.example:99999/": form, "https://a.example/\n": form,
		"https://a.example/" + strings.Repeat("a", maxURL): form, "https://１２７.0.0.1/": form, "https://127%2e0%2e0%2e1/": form,
		"http://hooks.example/": form, "ftp://hooks.example/": form, "file:///etc/passwd": form, "gopher://hooks.example/": form,
		"https://user@hooks.example/": form, "https://user:secret@hooks.example/": form, "https://@hooks.example/": form,
		"https://hooks.example/#a": form, "https://hooks.example/#": form,
		"http://user:secret@127.0.0.1/#a": form + ", " + form + ", " + form + ", " + hidden,

		"https://127.0.0.1/": hidden, "https://127.0.0.1:8443/": hidden, "https://10.1.2.3/": hidden, "https://172.16.0.1/": hidden, "https://192.168.1.1/": hidden,
		"https://169.254.169.254/latest/meta-data/": hidden, "https://100.64.0.1/": hidden, "https://0.0.0.0/": hidden, "https://224.0.0.1/": hidden,
		"https://255.255.255.255/": hidden, "https://192.0.2.1/": hidden, "https://198.18.0.1/": hidden, "https://192.88.99.1/": hidden,
		"https://[::1]/": hidden, "https://[::]/": hidden, "https://[fe80::1]/": hidden, "https://[fe80::1%25eth0]/": hidden, "https://[fd00::1]/": hidden,
		"https://[ff02::1]/": hidden, "https://[::ffff:127.0.0.1]/": hidden, "https://[::ffff:7f00:1]/": hidden, "https://[::127.0.0.1]/": hidden,
		"https://[64:ff9b::7f00:1]/": hidden, "https://[64:ff9b:1::a00:1]/": hidden, "https://[2002:7f00:1::]/": hidden, "https://[2001:0:1:2::3]/": hidden,
		"https://[2001:db8::1]/": hidden, "https://[3fff::1]/": hidden, "https://[fec0::1]/": hidden,
		"https://2130706433/": hidden, "https://0x7f000001/": hidden, "https://0x7f.0.0.1/": hidden, "https://0X7F.0.0.0X1/": hidden, "https://017700000001/": hidden,
		"https://0177.0.0.1/": hidden, "https://127.1/": hidden, "https://127.0.1/": hidden, "https://127.0.0.1./": hidden, "https://0/": hidden,
		"https://127.0.0.0x/": hidden, "https://134744072/": hidden, "https://localhost/": hidden, "https://LOCALHOST./": hidden, "https://a.localhost/": hidden,
		"https://a..example/": hidden, "https://[v1.a]/": form,
	} {
		if got := codes(guard(t).Faults(url)); got != want {
			t.Errorf("%.60s: %q, want %q", url, got, want)
		}
	}
}

func TestTheOperatorMakesExceptions(t *testing.T) {
	t.Parallel()
	g := guard(t, "10.1.0.0/16", "127.0.0.1", "fd00::/8", "Hooks.internal.", "::ffff:192.168.0.9")
	for url, want := range map[string]string{
		"http://10.1.2.3/": "", "https://10.1.2.3/": "", "http://[::ffff:10.1.2.3]/": "", "http://127.0.0.1:9000/": "", "http://localhost:9000/": "",
		"http://[fd00::1]/": "", "http://hooks.internal/": "", "https://HOOKS.internal:8443/": "", "http://192.168.0.9/": "",
		"https://10.2.0.1/": "/url range", "http://10.2.0.1/": "/url format, /url range", "http://a.hooks.internal/": "/url format",
		"http://127.0.0.2/": "/url format, /url range", "http://hooks.example/": "/url format", "ftp://10.1.2.3/": "/url format",
		"http://167837954/": "/url format, /url range", // 10.1.1.2, but no usual spelling of it
	} {
		if got := codes(g.Faults(url)); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	for _, wrong := range []string{"10.1.0.0/33", "https://hooks.internal", "hooks.internal:80", "*.internal", "10.1.2.300", "fe80::1%eth0", "a b"} {
		if _, err := NewGuard([]string{wrong}); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("the exception %q: %v", wrong, err)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "9.255.255.255": true, "11.0.0.0": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.255.255": true, "172.32.0.0": true,
		"223.255.255.255": true, "2a00:1450::1": true, "2001:200::1": true, "2003::1": true, "::ffff:8.8.8.8": true,
		"100.127.255.255": false, "172.31.255.255": false, "239.255.255.255": false, "::ffff:10.0.0.1": false, "2001:1ff:ffff::1": false, "4000::1": false,
		"1fff::1": false, "2a00:1450::1%eth0": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %v, want %v", text, got, want)
		}
	}
}

// TestConnectionsAreJudgedByTheirAddress connects to a server that listens, by names that stand for its address: what
// a name stood for before, or what it is called, means nothing.
func TestConnectionsAreJudgedByTheirAddress(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, tt := range []struct {
		host       string
		encrypted  bool
		exceptions []string
		allowed    bool
	}{
		{"127.0.0.1", true, nil, false},
		{"localhost", true, nil, false},
		{"127.0.0.1", true, []string{"127.0.0.0/8"}, true},
		{"127.0.0.1", false, []string{"127.0.0.0/8"}, true},
		{"localhost", false, []string{"127.0.0.1"}, true},
		{"localhost", false, []string{"localhost"}, true},
		{"LOCALHOST", false, []string{"localhost"}, true},
		{"127.0.0.1", true, []string{"127.0.0.2"}, false},
		{"127.0.0.1", true, []string{"localhost"}, false},
	} {
		conn, err := guard(t, tt.exceptions...).dialer(tt.encrypted)(context.Background(), "tcp4", net.JoinHostPort(tt.host, port))
		if conn != nil {
			conn.Close()
		}
		var r refusal
		if (err == nil) != tt.allowed || err != nil && !errors.As(err, &r) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	for _, tt := range []struct {
		network, address string
		encrypted, want  bool
	}{
		{"tcp4", "8.8.8.8:443", true, true}, {"tcp4", "8.8.8.8:80", false, false}, {"tcp6", "[2a00:1450::1]:443", true, true},
		{"tcp6", "[::ffff:10.0.0.1]:443", true, false}, {"tcp6", "[64:ff9b::a00:1]:443", true, false}, {"tcp6", "[fe80::1%lo]:443", true, false},
		{"udp4", "8.8.8.8:443", true, false}, {"tcp4", "nowhere:443", true, false},
	} {
		if err := guard(t).allows("hooks.example", tt.network, tt.address, tt.encrypted); (err == nil) != tt.want {
			t.Errorf("%s %s: %v", tt.network, tt.address, err)
		}
	}
}
