package photocloak

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"sekisho/caddymodules/clock"
)

// keyedClient is a client with all its secrets, those that have ended too.
type keyedClient struct {
	client
	secrets []clientSecret
}

// addClients adds clients, all or none. An id that is taken is an error of which
// stores.IsTaken is true.
func (s store) addClients(ctx context.Context, coming []keyedClient) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for some := range slices.Chunk(coming, batch) {
			if err := insertClients(ctx, tx, some); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("adding clients: %w", err)
	}
	return nil
}

func insertClients(ctx context.Context, tx bun.Tx, coming []keyedClient) error {
	clients := make([]client, len(coming))
	var secrets []clientSecret
	for i, c := range coming {
		clients[i] = c.client
		secrets = append(secrets, c.secrets...)
	}
	if _, err := tx.NewInsert().Model(&clients).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&secrets).Returning("NULL").Exec(ctx)
	return err
}

// rotateSecret gives a client a secret. Those it has end at the given time at
// the latest; those that have ended are forgotten. A secret that the client has
// is an error of which stores.IsTaken is true; found says whether there is such
// a client.
func (s store) rotateSecret(ctx context.Context, fresh clientSecret, ends int64) (found bool, err error) {
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		found, err = s.lockClient(ctx, tx, fresh.ClientID)
		if err != nil || !found {
			return err
		}
		_, err = tx.NewDelete().Model((*clientSecret)(nil)).
			Where("client_id = ?", fresh.ClientID).Where("ends_at <= ?", clock.Now().UnixMilli()).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*clientSecret)(nil)).Set("ends_at = ?", ends).
			Where("client_id = ?", fresh.ClientID).Where("ends_at IS NULL OR ends_at > ?", ends).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&fresh).Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("changing a client's secret: %w", err)
	}
	return found, nil
}

// lockClient holds a client's row until tx ends, and says whether there is one.
// Of two who rotate at the same time, the second must see the first's secret, or
// that one would never end.
func (s store) lockClient(ctx context.Context, tx bun.Tx, id string) (found bool, err error) {
	var ids []string
	locking := tx.NewSelect().Model((*client)(nil)).Column("client_id").Where("client_id = ?", id)
	if s.sql.Postgres() {
		locking.For("NO KEY UPDATE")
	}
	err = locking.Scan(ctx, &ids)
	return len(ids) > 0, err
}

// disableClient disables or enables a client, and says whether there is such a
// one. Disabling one again keeps the first date.
func (s store) disableClient(ctx context.Context, id string, disabled bool) (found bool, err error) {
	err = s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := switched(tx.NewUpdate().Model((*client)(nil)), disabled).Where("client_id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		found = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("changing a client: %w", err)
	}
	return found, nil
}

func switched(update *bun.UpdateQuery, disabled bool) *bun.UpdateQuery {
	if disabled {
		return update.Set("disabled_at = COALESCE(disabled_at, ?)", clock.Now().UnixMilli())
	}
	return update.Set("disabled_at = NULL")
}

// clients gives every client to each, in the order of their ids.
func (s store) clients(ctx context.Context, each func(keyedClient) error) error {
	for last := ""; ; {
		some, err := s.clientsAfter(ctx, last)
		if err != nil {
			return err
		}
		for _, c := range some {
			if err := each(c); err != nil {
				return err
			}
			last = c.ClientID
		}
		if len(some) < batch {
			return nil
		}
	}
}

func (s store) clientsAfter(ctx context.Context, last string) (some []keyedClient, err error) {
	err = s.sql.Read(ctx, func(ctx context.Context, db bun.IDB) error {
		some = nil
		var clients []client
		id := bun.SafeQuery("client_id")
		if s.sql.Postgres() {
			id = bun.SafeQuery(`client_id COLLATE "C"`) // by bytes, as SQLite does
		}
		err := db.NewSelect().Model(&clients).Where("? > ?", id, last).OrderExpr("?", id).Limit(batch).Scan(ctx)
		if err != nil || len(clients) == 0 {
			return err
		}
		some = make([]keyedClient, len(clients))
		ids := make([]string, len(clients))
		byID := map[string]*keyedClient{}
		for i, c := range clients {
			some[i].client, ids[i], byID[c.ClientID] = c, c.ClientID, &some[i]
		}
		var secrets []clientSecret
		if err := db.NewSelect().Model(&secrets).Where("client_id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
			return err
		}
		for _, secret := range secrets {
			byID[secret.ClientID].secrets = append(byID[secret.ClientID].secrets, secret)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading clients: %w", err)
	}
	return some, nil
}

// addMember adds a member and gives them with their id. A mail address that is
// taken is an error of which stores.IsTaken is true.
func (s store) addMember(ctx context.Context, m member) (member, error) {
	added := m
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		added = m
		_, err := tx.NewInsert().Model(&added).Exec(ctx)
		return err
	})
	if err != nil {
		return member{}, fmt.Errorf("adding a member: %w", err)
	}
	return added, nil
}

// setPassword changes a member's password, and with it their generation.
func (s store) setPassword(ctx context.Context, id int64, hash string) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*member)(nil)).Set("pass_hash = ?", hash).
			Set("generation = generation + 1").Where("id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("changing a member's password: %w", err)
	}
	return nil
}

// disableMember disables or enables a member.
func (s store) disableMember(ctx context.Context, id int64, disabled bool) error {
	err := s.sql.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := switched(tx.NewUpdate().Model((*member)(nil)), disabled).Where("id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("changing a member: %w", err)
	}
	return nil
}
