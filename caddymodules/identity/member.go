package identity

// Member is a person who logs in with a password, as the module that knows the
// members describes them to a guard. The zero value is a member nobody knows.
type Member struct {
	// ID is the member's id, which may be logged.
	ID string

	// Generation changes with the member's password. What was issued under
	// another generation is no longer valid.
	Generation int64

	// Disabled refuses the member, and everything that was issued to them.
	Disabled bool

	// Extra becomes the [Caller]'s.
	Extra any
}

// Active says whether the member is there and may be let in.
func (m Member) Active() bool { return m.ID != "" && !m.Disabled }
