package auth

import (
	"database/sql/driver"
	"fmt"
)

// Role says what an actor may do. Roles are ordered: each includes the ones before it.
type Role int

// The roles, from the least to the most.
const (
	Anyone    Role = iota // reads what is published; needs no credential
	Reader                // reads drafts and earlier editions
	Editor                // writes drafts, reference data, files and preview links
	Publisher             // publishes, unpublishes and orders
	Admin                 // manages tokens and webhooks, reads the audit, imports and exports
)

// names are the spellings of the roles in JSON, in the database and on the command line.
var names = [...]string{"anyone", "reader", "editor", "publisher", "admin"}

// Roles are the roles that a token can have, from the least to the most.
func Roles() []Role { return []Role{Reader, Editor, Publisher, Admin} }

// Includes says whether whoever has r may do what other may do.
func (r Role) Includes(other Role) bool { return r >= other }

// Grantable says whether a token can have r: every role but Anyone, which needs no token.
func (r Role) Grantable() bool { return r >= Reader && r <= Admin }

// String is the role's published name.
func (r Role) String() string {
	if r < Anyone || r > Admin {
		return fmt.Sprintf("role(%d)", int(r))
	}
	return names[r]
}

// ParseRole is the inverse of String. It is strict about case, as JSON is.
func ParseRole(name string) (Role, error) {
	for i, n := range names {
		if n == name {
			return Role(i), nil
		}
	}
	return Anyone, fmt.Errorf("no role is named %q", name)
}

// MarshalText gives the published name; it fails for a number that is no role, so that none is ever stored.
func (r Role) MarshalText() ([]byte, error) {
	if r < Anyone || r > Admin {
		return nil, fmt.Errorf("%v is not a role", r)
	}
	return []byte(names[r]), nil
}

// UnmarshalText reads a published name; flags and JSON use it.
func (r *Role) UnmarshalText(text []byte) error {
	role, err := ParseRole(string(text))
	if err != nil {
		return err
	}
	*r = role
	return nil
}

// Value stores the role by name, so that a row can be read without this table.
func (r Role) Value() (driver.Value, error) {
	text, err := r.MarshalText()
	return string(text), err
}

// Scan reads what Value stored.
func (r *Role) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return r.UnmarshalText([]byte(v))
	case []byte:
		return r.UnmarshalText(v)
	default:
		return fmt.Errorf("a role cannot be read from %T", src)
	}
}
