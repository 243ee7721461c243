package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lookPlainly is what a look reads: whether there is such a photo, and in a cloak
// that anybody may look into.
const lookPlainly = `SELECT c.id, c.member_id, c.status, c.scope, c.ends_at FROM photocloak_images i
	JOIN photocloak_cloaks c ON c.id = i.cloak_id WHERE i.id = $1`

// countPlainly counts a view of a photo and of its cloak, in one statement that
// commits itself.
const countPlainly = `WITH photo AS (UPDATE photocloak_image_views SET views = views + 1 WHERE image_id = $1)
	UPDATE photocloak_cloak_views SET views = views + 1 WHERE cloak_id = $2`

// plainConns are the connections of a bare service to PostgreSQL: as many as the
// gateway has.
const plainConns = 24

// openPool opens connections to PostgreSQL, with pgx as it is: each statement is
// prepared once.
func openPool(ctx context.Context, database string, conns int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	config.MaxConns = conns
	return pgxpool.NewWithConfig(ctx, config)
}

// pgxLook is photos/look with an UPDATE for each look.
func pgxLook(args []string) (http.Handler, error) {
	pool, err := openPool(context.Background(), args[0], plainConns)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		photo, err := strconv.ParseInt(r.PostFormValue("cd"), 10, 64)
		if err != nil {
			http.Error(w, "invalid_cd", http.StatusBadRequest)
			return
		}
		var cloak, member, status, scope, endsAt int64
		err = pool.QueryRow(r.Context(), lookPlainly, photo).Scan(&cloak, &member, &status, &scope, &endsAt)
		switch {
		case errors.Is(err, pgx.ErrNoRows), err == nil && (status != 1 || endsAt <= time.Now().UnixMilli()):
			http.Error(w, "notfound_image", http.StatusNotFound)
			return
		case err == nil && scope != 0:
			http.Error(w, "invalid_cloaktoken", http.StatusBadRequest)
			return
		}
		if err == nil {
			_, err = pool.Exec(r.Context(), countPlainly, photo, cloak)
		}
		if err != nil {
			http.Error(w, "internal", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
	}), nil
}
