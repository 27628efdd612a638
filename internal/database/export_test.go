package database

// MigrateFiles is MigrateThen with other files than the service's.
var MigrateFiles = migrate

// PreparedForReading says how many statements are kept prepared for reading, and whether one of them is.
func PreparedForReading(db *DB, query string) (count int, kept bool) {
	k := db.stmts.use(query)
	if k != nil {
		db.stmts.done(k)
	}
	return len(db.stmts.kept), k != nil
}
