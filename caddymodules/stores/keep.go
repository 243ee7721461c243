package stores

// Keep gives what belongs to these stores and must outlive a reload, and makes
// it the first time: all configurations over the same database share it, and it
// goes with the last of them. It is called in Provision; kind is the caller's
// own word for it.
func Keep[T any](s *Stores, kind string, make func() T) (T, error) {
	return take(s, "kept "+kind, s.config.Database, func() (T, error) { return make(), nil })
}
