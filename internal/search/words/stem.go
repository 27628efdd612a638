package words

import (
	"sync"
	"sync/atomic"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// maxStems bounds what is remembered of stemming, at about 100 bytes a word. The words of English that people use most
// are far fewer.
const maxStems = 20_000

var (
	stems     sync.Map // word to stem
	stemCount atomic.Int64
)

// Stem reduces a word to what its inflections share, by the Snowball algorithm for English (Porter 2).
func Stem(word string) string {
	if known, ok := stems.Load(word); ok {
		return known.(string)
	}
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	stem := env.Current()
	if stem == "" { // a word is never nothing
		stem = word
	}
	if stemCount.Load() < maxStems {
		if _, known := stems.LoadOrStore(word, stem); !known {
			stemCount.Add(1)
		}
	}
	return stem
}
