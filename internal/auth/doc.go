// Package auth knows who makes a request and what they may do: roles, actors, tokens, and the guards of the routes.
//
// A request's actor is found once, by Authenticate, and travels in its context; Require guards a route. Package auth
// trusts nothing but a token whose secret's digest it has stored.
package auth
