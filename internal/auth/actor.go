package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/cpics/working-together-api/internal/audit"
)

// Actor is whoever makes a request: a token, the command line, or nobody in particular.
type Actor struct {
	ID        string     // stable and unique: a token's id, or "system:" and a name; empty only for Anonymous
	Name      string     // for people: the token's name
	Role      Role       // what the actor may do
	TokenID   uuid.UUID  // the token that was shown; uuid.Nil for all but tokens
	Expires   *time.Time // when the credential ends; nil: it does not
	From      string     // the client's address as far as proxies are trusted; empty for the command line
	RequestID string     // the request this actor makes, for the audit; empty for the command line
}

// Anonymous is whoever shows no credential. It has no id, so nothing can be saved in its name.
var Anonymous = Actor{Name: "anonymous", Role: Anyone}

// System is the service itself at work: the seed, or a sub-command that the operator runs. It may do anything, for
// whoever can run the program can open the database too.
func System(name string) Actor {
	return Actor{ID: "system:" + name, Name: name, Role: Admin}
}

// IsAnonymous says whether no credential was shown.
func (a Actor) IsAnonymous() bool { return a.ID == "" }

// Who is the actor as an audit row names it.
func (a Actor) Who() audit.Who {
	return audit.Who{ID: a.ID, Name: a.Name, From: a.From, RequestID: a.RequestID}
}

// actorKey is the context key of the actor.
type actorKey struct{}

// WithActor gives a context in which a acts.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom is the actor of the context; Anonymous where none was set, so that forgetting to authenticate gives
// nobody any right.
func ActorFrom(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Anonymous
}
