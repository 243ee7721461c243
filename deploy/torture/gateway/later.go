package main

import (
	"fmt"
	"os"
	"strconv"
	"testing/fstest"

	"sekisho/caddymodules/stores"
)

// laterBy says how many versions later than today's this gateway is.
const laterBy = "SEKISHO_TORTURE_LATER"

// widened are tables that every call of its API reads: each later version has a
// column more in one of them, which the version before finds there and knows
// nothing of.
var widened = []string{"dtb_customer", "hc_point_real", "photocloak_cloaks", "avatarplay_avatars", "ydits_users"}

func init() {
	count, _ := strconv.Atoi(os.Getenv(laterBy))
	files := fstest.MapFS{}
	for version := range count {
		files[fmt.Sprintf("%04d_later.sql", version+1)] = &fstest.MapFile{
			Data: fmt.Appendf(nil, "ALTER TABLE %s ADD COLUMN later_%d TEXT NOT NULL DEFAULT '';\n", widened[version%len(widened)], version+1),
		}
	}
	if count > 0 {
		stores.Register(stores.Schema{Name: "zz_torture", Migrations: files})
	}
}
