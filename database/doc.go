// Package database owns the PostgreSQL instance and what belongs to it: subnet group, parameter group, backups, and the
// read replica if one is wanted.
//
// Losing data is the one mistake that cannot be mended, so nothing that the program does replaces the instance: the
// properties that would are pinned to what it was created with, and a configuration that asks for something else is an
// error. What a new instance starts with, an empty database or a snapshot, is found out before anything is registered. It does not own who may connect (network) or the URL that the app gets (secrets).
package database
