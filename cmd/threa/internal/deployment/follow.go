package deployment

import (
	"context"
	"errors"
	"time"
)

// Follow looks at a deployment until it runs or has failed, or until ctx ends, and reports each change in a line. The
// verdict of one that took too long is UnderWay. The error of a ctx that was cancelled is its own.
func (a *App) Follow(ctx context.Context, s *Snapshot, pause time.Duration, report func(line string)) (Verdict, error) {
	said := ""
	for {
		if line := s.Progress(); line != said {
			report(line)
			said = line
		}
		verdict := s.Judge()
		if verdict.State != UnderWay {
			return verdict, nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return verdict, nil
			}
			return verdict, ctx.Err() //nolint:wrapcheck // it says all
		case <-time.After(pause):
		}
		before := *s
		if err := a.refresh(ctx, s); err != nil {
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				*s = before
				return verdict, nil
			}
			return verdict, err
		}
	}
}
