package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/redis/go-redis/v9"

	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterHandlerDirective("bench", func(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		b := new(Handler)
		return b, b.UnmarshalCaddyfile(h.Dispenser)
	})
	httpcaddyfile.RegisterDirectiveOrder("bench", httpcaddyfile.Before, "respond")
}

// Handler answers the same JSON to every request, after what it is asked to do
// first.
type Handler struct {
	// Do is what comes before the answer: nothing (open), who is calling is found
	// out (guarded), a value is read from Redis (get), or kept there and read (set_get).
	// mint answers new tokens instead, see mint.go.
	Do string `json:"do"`

	// Redis is the server's address, for get and set_get.
	Redis string `json:"redis,omitempty"`

	do     func(r *http.Request) error
	client *redis.Client
	stores *stores.Stores
}

// CaddyModule returns the Caddy module information.
func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.bench", New: func() caddy.Module { return new(Handler) }}
}

// value is as long as the record of an access token.
var value = []byte(`{"f":"` + strings.Repeat("f", 36) + `","c":"demo-client","m":"1","g":1234567890,"i":1785542400000,"e":1785546000000}`)

const keys = 4096 // that are read and kept

// Provision takes the stores, and a client of Redis as it comes.
func (b *Handler) Provision(ctx caddy.Context) (err error) {
	if b.stores, err = stores.Of(ctx); err != nil {
		return err
	}
	if b.Redis != "" {
		options, err := redis.ParseURL(b.Redis)
		if err != nil {
			return err
		}
		b.client = redis.NewClient(options)
	}
	switch b.Do {
	case "open":
		b.do = func(*http.Request) error { return nil }
	case "guarded":
		b.do = func(r *http.Request) error {
			_, err := identity.Of(r.Context(), "photocloak")
			return err
		}
	case "get":
		b.do = func(r *http.Request) error { return b.client.Get(r.Context(), next()).Err() }
		return b.fill(ctx)
	case "set_get":
		b.do = func(r *http.Request) error {
			key := next()
			if err := b.client.Set(r.Context(), key, value, time.Hour).Err(); err != nil {
				return err
			}
			return b.client.Get(r.Context(), key).Err()
		}
	case "mint":
	default:
		return fmt.Errorf("bench does not do %q", b.Do)
	}
	return nil
}

// Cleanup lets go of Redis.
func (b *Handler) Cleanup() error {
	if b.client == nil {
		return nil
	}
	return b.client.Close()
}

// fill keeps what get reads.
func (b *Handler) fill(ctx context.Context) error {
	var failures []error
	for range keys {
		failures = append(failures, b.client.Set(ctx, next(), value, time.Hour).Err())
	}
	return errors.Join(failures...)
}

var turn atomic.Uint64

// next gives one key after the other.
func next() string { return "bench:" + strconv.FormatUint(turn.Add(1)%keys, 10) }

var (
	answer   = []byte(`{"message":"hello","status":1}`)
	jsonType = []string{"application/json"}
)

// ServeHTTP answers.
func (b *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	if b.Do == "mint" {
		return b.mint(w, r)
	}
	if err := b.do(r); err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	w.Header()["Content-Type"] = jsonType
	_, err := w.Write(answer)
	return err
}

// UnmarshalCaddyfile reads `bench <do> [<address of Redis>]`.
func (b *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	args := d.RemainingArgs()
	if len(args) < 1 || len(args) > 2 {
		return d.ArgErr()
	}
	b.Do = args[0]
	if len(args) == 2 {
		b.Redis = args[1]
	}
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddy.CleanerUpper          = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
	_ caddyfile.Unmarshaler       = (*Handler)(nil)
)
