package push

import (
	"errors"
	"net/http"

	"github.com/yingguang/yingguang/device/profile"
)

// Source is one cloud that may push. A source's name is the last part of its URL.
type Source struct {
	Profile string // that decodes what it sends
	Gate    Gate
}

// Gate proves that a request is the source's own and takes the message out of it.
type Gate interface {
	// Open gives the message of a POST's body. ErrStranger is for a request whose
	// proof is missing or wrong, any other error for a body that cannot be read.
	Open(r *http.Request, body []byte) ([]byte, error)
}

// verifier is a Gate of a cloud that first tries the address by a GET.
type verifier interface {
	// verify gives the text that the cloud wants to see.
	verify(r *http.Request) (string, error)
}

// ErrStranger says that a request is not proven to be the source's.
var ErrStranger = errors.New("the credential is missing or wrong")

func (s *Source) topic(name string) string { return profile.PushTopic(s.Profile, name) }
