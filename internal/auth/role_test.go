package auth

import (
	"encoding/json"
	"testing"
)

func TestRolesIncludeTheOnesBefore(t *testing.T) {
	t.Parallel()
	all := append([]Role{Anyone}, Roles()...)
	for i, r := range all {
		for j, other := range all {
			if got, want := r.Includes(other), i >= j; got != want {
				t.Errorf("%v.Includes(%v) = %v, want %v", r, other, got, want)
			}
		}
		if got, want := r.Grantable(), r != Anyone; got != want {
			t.Errorf("%v.Grantable() = %v, want %v", r, got, want)
		}
	}
}

func TestRoleNames(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"anyone", "reader", "editor", "publisher", "admin"} {
		r := Role(i)
		if r.String() != name {
			t.Errorf("Role(%d) is %q, want %q", i, r, name)
		}
		if back, err := ParseRole(name); err != nil || back != r {
			t.Errorf("ParseRole(%q) = %v, %v, want %v", name, back, err, r)
		}
		var scanned Role
		if err := scanned.Scan([]byte(name)); err != nil || scanned != r {
			t.Errorf("Scan(%q) = %v, %v, want %v", name, scanned, err, r)
		}
		if text, err := json.Marshal(r); err != nil || string(text) != `"`+name+`"` {
			t.Errorf("JSON of %v is %s, %v", r, text, err)
		}
	}
}

func TestWhatIsNoRole(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Admin", "root", " reader", "role(5)"} {
		if r, err := ParseRole(name); err == nil || r != Anyone {
			t.Errorf("ParseRole(%q) = %v, %v, want Anyone and an error", name, r, err)
		}
	}
	for _, r := range []Role{-1, 5} {
		if _, err := r.Value(); err == nil {
			t.Errorf("%v can be stored", r)
		}
		if r.Grantable() {
			t.Errorf("%v can be granted", r)
		}
	}
	var r Role
	if err := r.Scan(3); err == nil {
		t.Error("a role is read from a number")
	}
}
