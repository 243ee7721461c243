// Package strict holds the files of deploy/ and dashboards/ to the types of the
// programs that read them, and to one another. It is a module of its own, so that
// those types stay out of the gateway's. It has tests only:
//
//	go -C deploy/strict test ./...
package strict
