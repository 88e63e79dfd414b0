package registry

import "errors"

// ErrNotFound is returned for a lamp, person or ticket that is not there.
var ErrNotFound = errors.New("not found")
