package auth_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/auth"
	"github.com/cpics/working-together-api/internal/newest"
)

// TestList walks a list of the tokens 6 … 0, of which 3 is revoked, in parts.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		var ids []uuid.UUID
		past := start.Add(time.Second)
		for i := range 7 {
			token, _ := f.create(t, auth.NewToken{Name: strconv.Itoa(i), Role: auth.Reader, ExpiresAt: &past})
			ids = append(ids, token.ID)
		}
		if err := f.Revoke(t.Context(), by, ids[3]); err != nil {
			t.Fatal(err)
		}
		f.at(start.Add(time.Hour))
		tests := []struct {
			name         string
			part         newest.Part
			want         string
			newer, older bool
		}{
			{"all", newest.Part{}, "654210", false, false},
			{"first", newest.Part{Limit: 2}, "65", false, true},
			{"second", newest.Part{Limit: 2, From: ids[5]}, "42", true, true},
			{"last", newest.Part{Limit: 2, From: ids[2]}, "10", true, false},
			{"older than a revoked one", newest.Part{Limit: 2, From: ids[3]}, "21", true, true},
			{"newer than a revoked one", newest.Part{Limit: 2, From: ids[3], Newer: true}, "54", true, true},
			{"back to the first", newest.Part{Limit: 2, From: ids[4], Newer: true}, "65", false, true},
			{"fewer than asked", newest.Part{Limit: 5, From: ids[4], Newer: true}, "65", false, true},
			{"past the end", newest.Part{Limit: 2, From: ids[0]}, "", true, false},
			{"exactly all", newest.Part{Limit: 6}, "654210", false, false},
		}
		for _, tt := range tests {
			l, err := f.List(t.Context(), tt.part)
			if err != nil {
				t.Fatal(err)
			}
			if names(l) != tt.want || l.Newer != tt.newer || l.Older != tt.older || l.Total != 6 {
				t.Errorf("%s: %q newer %v older %v total %d, want %q %v %v 6", tt.name, names(l), l.Newer, l.Older, l.Total, tt.want, tt.newer, tt.older)
			}
		}
	})
}

func names(l newest.Listed[auth.Token]) string {
	var b strings.Builder
	for _, token := range l.Items {
		b.WriteString(token.Name)
	}
	return b.String()
}
