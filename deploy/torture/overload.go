package main

// overload asks for ten times what one gateway can do.
func (t *torture) overload(_ *found) error { return nil }
