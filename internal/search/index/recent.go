package index

import "strconv"

// The documents of a window of places, from the newest down, have a token in common with few others: so the newest
// that match can be asked for without gathering all that ever did. Windows are made of buckets of three sizes.
var bucketBits = [...]uint{10, 14, 18}

// maxBuckets is how many buckets of one size a window has at most: those of the next size are 16 times as large.
const maxBuckets = 16

// lowestPlace is below every place. Those of documents that the change log does not know are negative.
const lowestPlace = -1 << 40

// bucketTokens are the buckets that a place is in, one of each size.
func bucketTokens(place int64) (tokens [len(bucketBits)]string) {
	for size := range bucketBits {
		tokens[size] = bucketToken(size, bucket(size, place))
	}
	return tokens
}

func bucket(size int, place int64) int64 { return (place - lowestPlace) >> bucketBits[size] }

func bucketToken(size int, number int64) string {
	return tokenRecent + string(rune('a'+size)) + strconv.FormatInt(number, 36)
}

// windowFrom gives the tokens of the buckets that hold the newest documents from a place downwards, at least so many
// places: nil where that is more than windows hold.
func windowFrom(newest, places int64) []string {
	for size := range bucketBits {
		last := bucket(size, newest)
		first := bucket(size, newest-places+1)
		if last-first >= maxBuckets {
			continue
		}
		tokens := make([]string, 0, last-first+1)
		for number := last; number >= first; number-- {
			tokens = append(tokens, bucketToken(size, number))
		}
		return tokens
	}
	return nil
}
