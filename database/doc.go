// Package database owns the PostgreSQL instance and what belongs to it: subnet group, parameter group, backups.
//
// Losing data is the one mistake that cannot be mended, so nothing that the program does replaces the instance: the
// properties that would are pinned to what it was created with, and a configuration that asks for something else is an
// error. It does not own who may connect (network) or the URL that the app gets (secrets).
package database
