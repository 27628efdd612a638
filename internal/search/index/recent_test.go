package index

import (
	"slices"
	"testing"
)

func TestWindowsHoldTheNewestAndNoMoreTokensThanTheyMay(t *testing.T) {
	t.Parallel()
	for _, newest := range []int64{-3, 0, 5, 1023, 1024, 999_999, 1 << 33} {
		for _, n := range []int64{1, 2, 1000, 1024, 1025, 16_000, 16_385, 200_000, 262_145, 3_900_000} {
			window := windowFrom(newest, n)
			if len(window) == 0 || len(window) > maxBuckets {
				t.Fatalf("%d from %d: %q", n, newest, window)
			}
			in := func(place int64) bool {
				buckets := bucketTokens(place)
				return slices.ContainsFunc(buckets[:], func(token string) bool { return slices.Contains(window, token) })
			}
			if !in(newest) || !in(newest-n+1) || !in(newest-n/2) {
				t.Errorf("%d from %d: a place is missing in %q", n, newest, window)
			}
			if in(newest-17*n-1<<10) || in(newest+1<<18) {
				t.Errorf("%d from %d: too much is in %q", n, newest, window)
			}
		}
	}
	if windowFrom(1<<30, 1<<23) != nil {
		t.Error("a window has more buckets than it may")
	}
}
