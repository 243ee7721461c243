package redact

// Address is what may be shown of a URI or its path: the values of parameters that
// are not harmless are [Hidden].
func Address(uri string) string { return address(uri) }

// Text is what may be shown of a text of which only its form is known.
func Text(s string) string { return text(s) }

// Header is what may be shown of one value of a header.
func Header(name, value string) string { return headerValue(name, value) }
