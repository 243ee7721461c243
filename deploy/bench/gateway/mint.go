package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// mint answers n pairs of an access and a refresh token, a line each, that stand
// for what the pair of the parameters access and refresh stands for: as many
// log-ins would take hours, each with its hash. The records are copies of that
// pair's, in whatever form those are, under the new tokens' hashes.
func (b *Handler) mint(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil {
		return err
	}
	ctx := r.Context()
	access, err := b.stores.Sessions.Get(ctx, b.record("access", query.Get("access")))
	if err != nil {
		return err
	}
	refresh, err := b.stores.Sessions.Get(ctx, b.record("refresh", query.Get("refresh")))
	if err != nil {
		return err
	}
	const atOnce = 64
	var (
		mu     sync.Mutex
		failed error
		all    sync.WaitGroup
	)
	for worker := range atOnce {
		all.Go(func() {
			for i := worker; i < n; i += atOnce {
				pair, err := b.mintOne(ctx, access, refresh)
				mu.Lock()
				if err != nil {
					failed = err
				} else {
					_, failed = fmt.Fprintln(w, pair)
				}
				broken := failed != nil
				mu.Unlock()
				if broken {
					return
				}
			}
		})
	}
	all.Wait()
	return failed
}

func (b *Handler) mintOne(ctx context.Context, access, refresh []byte) (pair string, err error) {
	bytes := make([]byte, 41+16)
	_, _ = rand.Read(bytes)
	accessToken, refreshToken := base64.RawURLEncoding.EncodeToString(bytes[:41]), hex.EncodeToString(bytes[41:])
	if err := b.stores.Sessions.Put(ctx, b.record("access", accessToken), access, time.Hour); err != nil {
		return "", err
	}
	return accessToken + " " + refreshToken, b.stores.Sessions.Put(ctx, b.record("refresh", refreshToken), refresh, time.Hour)
}

// record is the key under which package oauth2 keeps what a token stands for.
func (b *Handler) record(kind, token string) string {
	return "oauth2:photocloak:" + kind + ":" + hex.EncodeToString(b.stores.Seal.MAC("oauth2 "+kind, "photocloak", token))
}
