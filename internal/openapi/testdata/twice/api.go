// Package twice declares one route twice, which swag only warns of.
package twice

// Twice is described in general.
//
//	@title    Twice
//	@version  1.0

// One answers.
//
//	@ID       one
//	@Success  204
//	@Router   /v1/here [get]
func One() {}

// Two answers at the same address.
//
//	@ID       two
//	@Success  204
//	@Router   /v1/here [get]
func Two() {}
