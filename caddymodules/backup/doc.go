// Package backup writes everything that a gateway keeps, the database and the
// blobs, into one file, and brings it back: `sekisho backup` and `sekisho
// restore`.
//
// # The archive
//
// A tar file, compressed with zstd. Its members, in their order:
//
//	manifest.json            what it is, see [Manifest]
//	secret.age               SEKISHO_SECRET, encrypted with a passphrase (age), where that is wanted
//	blobs/KEY                the blobs
//	tables/NAME/NUMBER.jsonl the rows, one a line, about a megabyte in a member
//	end.json                 how much it all is, see [End]
//	sums/NUMBER              SHA-256 of the members since the sums before, as sha256sum prints it
//	seal                     HMAC-SHA-256 of all sums, under a key that comes from SEKISHO_SECRET
//
// Rows are arrays of JSON; bytes stand in base64. They say the same whichever
// database they come from, so that SQLite's go into PostgreSQL and back.
//
// # One moment
//
// All rows are those of one moment, in one transaction that only reads. Blobs
// know no moment, but the files of a photo are kept before its row. So all blobs
// are copied first, which may take hours; then the moment is fixed; then the
// blobs are copied that came meanwhile, which takes seconds; then the rows. A
// photo that was deleted in the hours is in no row, and its files are orphans,
// which the janitor takes away. Only one that came in the hours and was deleted
// in the seconds has a row without its files: its owner has deleted it anyway.
package backup
