package crm

import "github.com/uptrace/bun"

// 名称区分, the kinds of hc_master_meisho.
const (
	kubunNumber     = "KY1" // with codeNumber: 連番 is the number that the last new customer took
	kubunRank       = "RNK"
	kubunAttribute1 = "ZK1"
	kubunAttribute2 = "ZK2"

	codeNumber = "01"
)

// term is a row of the master of names.
type term struct {
	bun.BaseModel `bun:"table:hc_master_meisho"`

	Tenant string `bun:"tenant,pk"`
	Kubun  string `bun:"kubun,pk"`
	Code   string `bun:"code,pk"`
	Name   string `bun:"name"`
	Rate   int64  `bun:"rate"` // of a rank, in hundredths
	Renban int64  `bun:"renban"`
}

// shop is a row of the master of shops.
type shop struct {
	bun.BaseModel `bun:"table:hc_master_tokui"`

	Tenant string `bun:"tenant,pk"`
	Code   string `bun:"code,pk"`
	Name   string `bun:"name"`
}
