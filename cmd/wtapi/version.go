package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// release is set when a release is built: -ldflags "-X main.release=1.2.3".
var release string

type versionCmd struct{}

func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, "wtapi", version())
	return err
}

// version is that of the release, else what Go noted about the build, else "devel".
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()") // Go writes (devel)
	}
	return "devel"
}
