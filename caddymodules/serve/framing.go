package serve

import "net/http"

// endDoubtful has the connection closed after the answer to a request about whose
// end a proxy on the way may have thought otherwise: what it took for the rest of
// a body would be the next request here. net/http does not tell whether one in
// chunks named a length too, nor whether one of HTTP/1.0 named chunks, which it
// then does not take; RFC 9112 (6.1) wants the connection closed after either. In
// HTTP/2 the frames say where a request ends, and the header would end them all.
func endDoubtful(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && (len(r.TransferEncoding) > 0 || r.ProtoMinor == 0) {
		w.Header().Set("Connection", "close")
	}
}
