package photocloak

import (
	"embed"
	"io/fs"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/stores"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is written in the line above
	}
	stores.Register(stores.Schema{
		Name:       "photocloak",
		Migrations: files,
		Tables:     []string{"photocloak_clients", "photocloak_members", "photocloak_cloaks"},
		Demo:       loadDemo,
	})
}

// batch is how many rows one statement of an import looks up or inserts.
const batch = 200

// store is what PhotoCloak keeps in SQL.
type store struct{ sql *stores.SQL }

// client is an app that may ask for tokens. The zero client is one nobody knows.
type client struct {
	bun.BaseModel `bun:"table:photocloak_clients"`

	ClientID   string `bun:"client_id,pk"`
	Name       string `bun:"name"`
	CreatedAt  int64  `bun:"created_at"`
	DisabledAt int64  `bun:"disabled_at,nullzero"`
}

// clientSecret is one secret of a client, of which only the hash is kept.
type clientSecret struct {
	bun.BaseModel `bun:"table:photocloak_client_secrets"`

	ID         int64  `bun:"id,pk,autoincrement"`
	ClientID   string `bun:"client_id"`
	SecretHash []byte `bun:"secret_hash"` // see hashClientSecret
	CreatedAt  int64  `bun:"created_at"`
	EndsAt     int64  `bun:"ends_at,nullzero"`
}

// member is one of the people. The zero member is one nobody knows.
type member struct {
	bun.BaseModel `bun:"table:photocloak_members"`

	ID         int64  `bun:"id,pk,autoincrement"`
	Mail       string `bun:"mail"`
	MailKey    string `bun:"mail_key"` // see kit.MailKey
	Name       string `bun:"name"`
	PassHash   string `bun:"pass_hash"`
	Generation int64  `bun:"generation"` // grows with each change of the password
	MaxCloaks  int64  `bun:"max_cloaks"`
	PictureID  int64  `bun:"picture_id,nullzero"`
	CreatedAt  int64  `bun:"created_at"`
	DisabledAt int64  `bun:"disabled_at,nullzero"`
}

// cloak is one album. The zero cloak is one nobody knows.
type cloak struct {
	bun.BaseModel `bun:"table:photocloak_cloaks"`

	ID             int64  `bun:"id,pk,autoincrement"`
	MemberID       int64  `bun:"member_id"` // its owner
	Name           string `bun:"name"`
	Description    string `bun:"description"`
	Prefix         string `bun:"prefix"` // its code, as in the option prefixes
	No             int64  `bun:"no"`
	Status         int64  `bun:"status"`
	Scope          int64  `bun:"scope"`
	LockHash       string `bun:"lock_hash"`       // of its password; "" where none was ever set
	LockGeneration int64  `bun:"lock_generation"` // grows with each change of the password
	CanDownload    bool   `bun:"can_download"`
	CanUpload      bool   `bun:"can_upload"`
	AutoExtend     bool   `bun:"auto_extend"`
	CreatedAt      int64  `bun:"created_at"`
	UpdatedAt      int64  `bun:"updated_at"`
	PublishedAt    int64  `bun:"published_at,nullzero"`
	EndsAt         int64  `bun:"ends_at"`
	DeletedAt      int64  `bun:"deleted_at,nullzero"`
}

// The statuses of a cloak.
const (
	statusMaking = 0
	statusPublic = 1
	statusPaused = 8
)

// The scopes of a cloak.
const (
	scopeOpen   = 0
	scopeLocked = 1
)

// tag is one tag of a cloak.
type tag struct {
	bun.BaseModel `bun:"table:photocloak_tags"`

	CloakID  int64  `bun:"cloak_id,pk"`
	Position int64  `bun:"position,pk"`
	Tag      string `bun:"tag"`
}

// follow is a member's following of another's cloak.
type follow struct {
	bun.BaseModel `bun:"table:photocloak_follows"`

	MemberID  int64 `bun:"member_id,pk"`
	CloakID   int64 `bun:"cloak_id,pk"`
	CreatedAt int64 `bun:"created_at"`
}

// image is one photo of a cloak. The zero image is one nobody knows.
type image struct {
	bun.BaseModel `bun:"table:photocloak_images"`

	ID        int64  `bun:"id,pk,autoincrement"`
	CloakID   int64  `bun:"cloak_id"`
	MemberID  int64  `bun:"member_id"` // who uploaded it
	MyPhotoID int64  `bun:"my_photo_id"`
	Name      string `bun:"name"`
	Blob      string `bun:"blob"`   // see blobKey
	Digest    []byte `bun:"digest"` // SHA-256 of the original
	Size      int64  `bun:"size"`   // bytes of the original
	Width     int64  `bun:"width"`  // pixels
	Height    int64  `bun:"height"`
	Rotate    int64  `bun:"rotate"` // degrees clockwise
	CreatedAt int64  `bun:"created_at"`
}
