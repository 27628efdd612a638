package health

import "time"

// SetClock replaces the clock by which reports grow old.
func (c *Checker) SetClock(now func() time.Time) { c.now = now }
