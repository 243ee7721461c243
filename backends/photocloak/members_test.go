package photocloak

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// newMembers is what the guards ask, over the members of the tests.
func newMembers(t *testing.T, s *stores.Stores) *Members {
	t.Helper()
	addMembers(t, s)
	return &Members{store: store{s.SQL}, seal: s.Seal, verified: kit.NewVerified()}
}

func TestMembersProveThemselvesByTheirPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		members := newMembers(t, s)
		disabled := func() { setMember(t, s, yamada, "disabled_at = 1") }
		for _, c := range []struct {
			name, mail, password string
			before               func()
			want                 bool
		}{
			{"right", umiyama, "umiyama1", nil, true},
			{"again, now hashed anew", umiyama, "umiyama1", nil, true},
			{"whatever the letter case of the address", "UMIYAMA@Example.COM", "umiyama1", nil, true},
			{"wrong", umiyama, "umiyama2", nil, false},
			{"another letter case of the password", umiyama, "Umiyama1", nil, false},
			{"empty", umiyama, "", nil, false},
			{"an unknown member", "nobody@example.com", "umiyama1", nil, false},
			{"a disabled member", yamada, "umiyama1", disabled, false},
		} {
			if c.before != nil {
				c.before()
			}
			m, right, err := members.Authenticate(t.Context(), c.mail, c.password)
			if right != c.want || err != nil || right != m.Active() {
				t.Errorf("%s: %v (member %q), %v", c.name, right, m.ID, err)
			}
		}
		stored, err := members.store.memberByMail(t.Context(), umiyama)
		if err != nil || len(stored.PassHash) < 50 || stored.Generation != 1 {
			t.Errorf("the old hash became %q in generation %d, %v", stored.PassHash, stored.Generation, err)
		}
	})
}

func TestGuardsLearnHowAMemberStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		members := newMembers(t, s)
		known, _, err := members.Authenticate(t.Context(), umiyama, "umiyama1")
		if err != nil {
			t.Fatal(err)
		}
		setMember(t, s, umiyama, "generation = 2, disabled_at = 1")
		m, err := members.Member(t.Context(), known.ID)
		if err != nil || m.Generation != 2 || !m.Disabled || m.Active() {
			t.Errorf("%+v, %v", m, err)
		}
		for _, nobody := range []string{"", "0", "999999", "x", "-1", "99999999999999999999"} {
			if m, err := members.Member(t.Context(), nobody); m.ID != "" || err != nil {
				t.Errorf("%q: %+v, %v", nobody, m, err)
			}
		}
	})
}

func TestGuardsLearnTheSecretsOfAClient(t *testing.T) {
	for _, combination := range storetest.Combinations {
		t.Run(combination, func(t *testing.T) { // steps the clock
			s := storetest.Open(t, combination)
			members := newMembers(t, s)
			ends := clock.Now().Add(time.Hour)
			insert(t, s, &client{ClientID: "app", Name: "App", CreatedAt: 1})
			insert(t, s, &clientSecret{ClientID: "app", SecretHash: members.HashSecret("app", "old"), CreatedAt: 1, EndsAt: ends.UnixMilli()})
			insert(t, s, &clientSecret{ClientID: "app", SecretHash: members.HashSecret("app", "new"), CreatedAt: 2})

			keyed, err := members.Client(t.Context(), "app")
			if err != nil || len(keyed.Keys) != 2 || keyed.Disabled || !keyed.Keys[0].Ends.Equal(ends.Truncate(time.Millisecond)) {
				t.Errorf("two secrets: %+v, %v", keyed, err)
			}
			defer clock.Step(2 * time.Hour)()
			keyed, err = members.Client(t.Context(), "app")
			if err != nil || len(keyed.Keys) != 1 || string(keyed.Keys[0].Hash) != string(members.HashSecret("app", "new")) {
				t.Errorf("an hour later: %+v, %v", keyed, err)
			}
			if keyed, err := members.Client(t.Context(), "nobody"); len(keyed.Keys) != 0 || err != nil {
				t.Errorf("an unknown client: %+v, %v", keyed, err)
			}
		})
	}
}

func insert(t *testing.T, s *stores.Stores, row any) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func setMember(t *testing.T, s *stores.Stores, mail, set string) {
	t.Helper()
	err := s.SQL.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*member)(nil)).Set(set).Where("mail_key = ?", mail).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
