// Package oauth2 gives members of an API their tokens and recognises them: the
// handler `oauth2_token` is the token endpoint, the guard `oauth2_bearer` finds
// out who is calling. Who the members and clients are, a guest module in the
// namespace http.handlers.oauth2.members tells, see [Members].
//
// The grants are fosite's, the wire is that of Microsoft's OWIN server, which
// the old clients were written against (dialect.go). fosite's types stay inside
// this package.
//
// # Tokens and families
//
// A password grant begins a family: a chain of pairs of an access and a refresh
// token. Tokens are opaque and random; kept are only records under their
// HMAC-SHA-256, for as long as the token lives:
//
//	access:<hash>   what an access token stands for
//	refresh:<hash>  what a refresh token stands for; it stays when it was used
//	used:<hash>     the use of a refresh token: the pair that it gave, by its hashes
//	grace:<hash>    that pair itself, under the hash of its refresh token
//	family:<id>     a recent pair of the family, by its hashes
//	dead:<id>       the family is revoked
//
// The sessions know no transactions over several keys, so a rotation is made
// safe by the one step that is atomic, adding used:<hash> where there is none:
//
//  1. The records of a new pair are put, and dead:<id> is looked for: a family
//     that was revoked gets nothing. Nobody knows the pair's tokens yet.
//  2. used:<hash of the old refresh token> is added. Of many at once one adds
//     it: that one's pair is the next of the family. The others delete what they
//     put in step 1.
//  3. family:<id> is put, the old pair's access record is deleted, and dead:<id>
//     is looked for: a family that was revoked in the meantime gets nothing.
//
// Within a step the order does not matter: each is one round trip on Redis.
//
// # The grace
//
// A reply may be lost, on the wire or because a gateway or a store fails between
// two of these steps. So whoever shows the old refresh token again within the
// grace, and before the new one was used, gets the very same pair, and step 3 is
// done once more. To that end grace:<hash> holds the pair, sealed under a key
// that is derived from the old refresh token and so is kept nowhere. expires_in
// says what is left by then.
//
// The grace lasts for as long as the sessions keep grace:<hash>. On Redis that is
// by its clock alone: gateways whose clocks differ by more than the grace would
// else revoke each other's families, and log people out.
//
// # Revoking
//
// A used refresh token that comes outside of its grace was stolen, or the pair
// it gave was: the family is revoked. dead:<id> is put first. Then the pairs are
// deleted from family:<id> on, along the used:<hash> of each, to the end of the
// chain: family:<id> may lag behind, the chain does not. A rotation that adds to
// the chain too late for that walk sees dead:<id> in step 3 and deletes its own
// pair. What breaks off in between is finished when any token of the family is
// shown again. An access token therefore takes one look into the sessions.
//
// # Five seconds
//
// What a gateway has read of an access token it remembers for three seconds, and
// how a member and a client stand for three seconds too. Neither hangs on the
// other, so what was revoked, disabled or changed elsewhere is refused after
// three seconds and the time of one look.
package oauth2
