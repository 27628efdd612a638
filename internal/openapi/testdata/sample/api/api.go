// Package api is the surface of the sample: what the generator needs to find beside the handlers.
package api

// General description.
//
//	@title        Sample API
//	@version      1.0
//	@description  A small service in the manner of the real one, for the converter's tests.
//	@contact.name  The authors
//	@license.name  MIT
//	@license.url   https://opensource.org/license/mit
//	@tag.name         principles
//	@tag.description  The guiding principles.
//	@tag.name         later
//	@tag.description  Nothing has this tag yet.
//	@tag.name         service
//	@tag.description  The service itself.

// Me is the actor that a credential stands for.
type Me struct {
	Name string `json:"name" validate:"required" example:"Web team"` // given when the token was made
	Role Role   `json:"role" validate:"required"`
}

// Role is what an actor may do.
type Role string

// The roles, each including the ones before.
const (
	Reader Role = "reader"
	Editor Role = "editor"
)

// ShowMe shows the actor.
//
//	@Summary      Show the actor
//	@Description  The actor that the credential stands for.
//	@ID           showMe
//	@Tags         service
//	@Produce      json
//	@Success      200      {object}  Me
//	@Failure      default  {object}  web.Problem
//	@Router       /v1/me [get]
//	@x-role       "reader"
func ShowMe() {}

// Health answers while the process runs.
//
//	@Summary      Is the process alive
//	@Description  Answers without asking any other part.
//	@ID           health
//	@Tags         service
//	@Produce      plain
//	@Success      200  {string}  string  "alive"
//	@Router       /healthz [get]
//	@x-role       "anyone"
//	@x-credentials "ignored"
//	@x-cache      "none"
//	@x-example    "alive"
func Health() {}
