package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"
)

// helpCmd is the same as --help, for those who type words.
type helpCmd struct{}

func (helpCmd) Run(c *kong.Context) error {
	whole, err := kong.Trace(c.Kong, nil) // as if no command had been given
	if err != nil {
		return err
	}
	return whole.PrintUsage(false)
}

// errHelpShown stops the parsing of a command line that only asks for help.
var errHelpShown = errors.New("help was shown")

// helpFlag is --help. Package kong's own ends the process, which a function that can be tested must not.
type helpFlag bool

// BeforeReset is called before anything is checked, so that help is shown for an incomplete line too.
func (helpFlag) BeforeReset(c *kong.Context) error {
	return errors.Join(c.PrintUsage(false), errHelpShown)
}

// describe is a flag in the help: what it does, its default and its variable.
func describe(v *kong.Value) string {
	text := v.Help
	if v.HasDefault && v.Default != "" {
		text += " Default: " + strings.TrimSuffix(v.Default, ".") + "."
	}
	if v.Flag != nil && v.Flag.Group != nil {
		text += " (" + variable(v.Name) + ")"
	}
	return text
}
