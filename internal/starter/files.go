package starter

import "embed"

//go:embed files/*.jpg files/*.png files/*.pdf
var files embed.FS

// File gives the bytes of a file of the starter content by its name. How each was made is told in files/README.md.
func File(name string) ([]byte, error) { return files.ReadFile("files/" + name) }

// FileNames are the names of all files of the starter content, in order.
func FileNames() []string {
	var names []string
	entries, _ := files.ReadDir("files") // it is embedded
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
