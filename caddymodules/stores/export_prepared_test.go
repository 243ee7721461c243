package stores

// NameOf is what PostgreSQL knows a prepared read by.
func NameOf(p *Prepared) string { return p.name }
