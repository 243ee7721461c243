package stores

import (
	"context"
	"io/fs"

	"github.com/prometheus/client_golang/prometheus"
)

// SweepSessions sweeps sessions in the database now and says how many went.
func SweepSessions(ctx context.Context, s Sessions) (int64, error) {
	return s.(*sqlSessions).sweep(ctx)
}

// DrainFields is the most that a Drain applies at once.
const DrainFields = drainFields

// OpenRedis, OpenFolder and OpenBucket open what Open opens for a configuration.
var (
	OpenRedis  = openRedis
	OpenFolder = openFolder
	OpenBucket = openBucket
)

// CountersIn counts in r and drains into s's database, until close.
func CountersIn(r *Redis, s *Stores) (c Counters, closes func()) {
	counters := newRedisCounters(r, s.SQL)
	return counters, func() { counters.close(); _ = r.close() }
}

// SessionsIn keeps sessions in r.
func SessionsIn(r *Redis) Sessions { return newRedisSessions(r) }

// Show is what an App does in Provision.
func Show(s *Stores, reg prometheus.Registerer) error { return s.show(reg) }

// FolderEntries goes over a folder of a folder's blobs.
func FolderEntries(b Blobs, name string, each func(fs.DirEntry)) error {
	return b.(*folder).entries(name, each)
}
