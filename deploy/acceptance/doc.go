// Package acceptance tests the gateway as people meet it: the built binary with
// the repository's Caddyfile, the commands of the README, and the plan of the
// house.
package acceptance
