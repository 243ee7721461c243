package census

import (
	"strings"
	"sync"
)

// families tell clients apart by what stands in their User-Agent. The first that
// fits counts, so those that name others come before them. Only these names are
// kept, never what a client wrote: that may be anything, a secret too.
var families = []struct{ sign, family string }{
	{"DoCoMo/", "i-mode"},
	{"KDDI-", "EZweb"},
	{"UP.Browser", "EZweb"},
	{"J-PHONE", "Yahoo! Keitai"},
	{"Vodafone/", "Yahoo! Keitai"},
	{"SoftBank/", "Yahoo! Keitai"},
	{"CFNetwork/", "iOS app"},
	{"okhttp/", "Android app"},
	{"Dalvik/", "Android app"},
	{"UnityPlayer/", "Unity"},
	{"Unity", "Unity"},
	{"MS Web Services Client Protocol", ".NET"},
	{".NET Framework", ".NET"},
	{"RestSharp/", ".NET"},
	{"WinHttp", "Windows"},
	{"WinInet", "Windows"},
	{"VB Project", "Windows"},
	{"Apache-HttpClient", "Java"},
	{"Jakarta Commons-HttpClient", "Java"},
	{"Java/", "Java"},
	{"GuzzleHttp", "PHP"},
	{"PEAR HTTP_Request", "PHP"},
	{"HTTP_Request2", "PHP"},
	{"PHP", "PHP"},
	{"python-", "Python"},
	{"Python-", "Python"},
	{"aiohttp", "Python"},
	{"Ruby", "Ruby"},
	{"Faraday", "Ruby"},
	{"libwww-perl", "Perl"},
	{"Go-http-client", "Go"},
	{"axios/", "Node.js"},
	{"node", "Node.js"},
	{"curl/", "curl"},
	{"Wget/", "Wget"},
	{"bot", "robot"},
	{"Bot", "robot"},
	{"crawler", "robot"},
	{"spider", "robot"},
	{"MSIE ", "Internet Explorer"},
	{"Trident/", "Internet Explorer"},
	{"Edg/", "Edge"},
	{"Edge/", "Edge"},
	{"OPR/", "Opera"},
	{"Opera", "Opera"},
	{"Firefox/", "Firefox"},
	{"Chrome/", "Chrome"},
	{"CriOS/", "Chrome"},
	{"Safari/", "Safari"},
	{"Mozilla/", "another browser"},
}

// longestAgent is how much of a User-Agent is looked at, in bytes.
const longestAgent = 512

// familyMemory remembers the families of User-Agents: a gateway sees few of them
// again and again, and looking for 50 signs in one takes ten times as long, see
// BenchmarkFamily. It is safe for use by many at once.
type familyMemory struct {
	mu    sync.RWMutex
	known map[string]string
}

// mostAgents are remembered at once, half a megabyte; then all are forgotten.
const mostAgents = 1024

// of names the family of a User-Agent.
func (m *familyMemory) of(userAgent string) string {
	userAgent = userAgent[:min(len(userAgent), longestAgent)]
	m.mu.RLock()
	family, there := m.known[userAgent]
	m.mu.RUnlock()
	if there {
		return family
	}
	family = familyOf(userAgent)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostAgents {
		m.known = map[string]string{}
	}
	m.known[strings.Clone(userAgent)] = family // the request's own memory goes with it
	return family
}

// familyOf names the family of a User-Agent, of which it looks at the beginning.
func familyOf(userAgent string) string {
	if userAgent == "" {
		return "none"
	}
	userAgent = userAgent[:min(len(userAgent), longestAgent)]
	for _, f := range families {
		if strings.Contains(userAgent, f.sign) {
			return f.family
		}
	}
	return "other"
}
