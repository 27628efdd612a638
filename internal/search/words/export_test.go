package words

// American lists the words that are spelt otherwise here.
func American() []string { return listed().american }
