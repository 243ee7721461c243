package acceptance

import (
	"testing"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// deployments are the two sets of stores that the README puts first, as
// environments of a gateway without demo data.
func deployments(t *testing.T) map[string][]string {
	config := storetest.Config(t, storetest.PostgresRedis)
	onServers := []string{
		"SEKISHO_DEMO=", "SEKISHO_DATABASE=" + config.Database, "SEKISHO_SESSIONS=" + config.Sessions,
		"SEKISHO_SECRET=" + config.Secret,
	}
	migrate(t, onServers...)
	return map[string][]string{"embedded": {"SEKISHO_DEMO="}, "postgres+redis": onServers}
}

// inBucket is the environment of a gateway that keeps blobs in a folder of a
// bucket.
func inBucket(t *testing.T, folder string) []string {
	t.Helper()
	return []string{
		"SEKISHO_BLOBS=" + storetest.Server(t, "SEKISHO_TEST_S3") + "&prefix=" + folder,
		"AWS_ACCESS_KEY_ID=" + storetest.Server(t, "SEKISHO_TEST_S3_KEY"),
		"AWS_SECRET_ACCESS_KEY=" + storetest.Server(t, "SEKISHO_TEST_S3_SECRET"),
	}
}

// startServer starts a server of the test's own, which it may kill: what was
// confirmed is on its disk.
func startServer(t *testing.T, start func(servers.Options) (*servers.Server, error)) *servers.Server {
	t.Helper()
	server, err := start(servers.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}
