package database

// MigrateFiles is MigrateThen with other files than the service's.
var MigrateFiles = migrate
