package stores

// NameOf is what PostgreSQL knows a prepared read by.
func NameOf(p *Prepared) string { return p.name }

// OneConnection leaves PostgreSQL's pool one: what is prepared is then on the
// connection that a test asks.
func OneConnection(s *SQL) { s.read.SetMaxOpenConns(1) }
