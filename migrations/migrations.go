// Package migrations holds the schema's history as SQL, in the order of the files' numbers. A file is written once
// for both engines where both take it; a name that ends in .postgres.sql or .sqlite.sql is for that engine alone, and
// its number is then used by one file of each. A file that was released is never changed.
package migrations

import "embed"

// FS is every migration, of both engines.
//
//go:embed *.sql
var FS embed.FS
