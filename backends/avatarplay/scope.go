package avatarplay

import (
	"strings"
)

// scope is a set of permissions. Neither includes the other.
type scope struct {
	avatarLoad bool
	itemGrant  bool
}

// The permissions' names on the wire.
const (
	permissionLoad  = "AvatarLoad"
	permissionGrant = "ItemGrant"
)

// parseScope reads permissions' names, each of which may be several, separated
// by commas. ok is false where one is none of them, or there is none at all.
func parseScope(texts ...string) (s scope, ok bool) {
	for _, text := range texts {
		for name := range strings.SplitSeq(text, ",") {
			switch name {
			case permissionLoad:
				s.avatarLoad = true
			case permissionGrant:
				s.itemGrant = true
			default:
				return scope{}, false
			}
		}
	}
	return s, s != scope{}
}

// within says whether another scope allows all of this one.
func (s scope) within(other scope) bool {
	return (!s.avatarLoad || other.avatarLoad) && (!s.itemGrant || other.itemGrant)
}

// and gives what both scopes allow.
func (s scope) and(other scope) scope {
	return scope{avatarLoad: s.avatarLoad && other.avatarLoad, itemGrant: s.itemGrant && other.itemGrant}
}

// names gives the permissions by their names.
func (s scope) names() (names []string) {
	if s.avatarLoad {
		names = append(names, permissionLoad)
	}
	if s.itemGrant {
		names = append(names, permissionGrant)
	}
	return names
}
