package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// stack holds what must be undone, last made first undone.
type stack struct {
	mu    sync.Mutex
	undos []undo
}

type undo struct {
	name string
	call func(context.Context) error
}

func (s *stack) push(name string, call func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undos = append(s.undos, undo{name, call})
}

// unwind undoes everything, even where a part fails, within ctx.
func (s *stack) unwind(ctx context.Context) error {
	s.mu.Lock()
	undos := slices.Clone(s.undos)
	s.undos = nil
	s.mu.Unlock()
	var errs []error
	for _, u := range slices.Backward(undos) {
		if err := u.call(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", u.name, err))
		}
	}
	return errors.Join(errs...)
}
