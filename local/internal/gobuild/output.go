package gobuild

import (
	"fmt"
	"strings"
)

// output counts the packages that go build -v prints, one a line, and keeps everything else.
type output struct {
	report   func(status string)
	packages int
	rest     string // of an unfinished line
	text     string
}

func (o *output) Write(data []byte) (int, error) {
	o.rest += string(data)
	for {
		line, rest, complete := strings.Cut(o.rest, "\n")
		if !complete {
			return len(data), nil
		}
		o.rest = rest
		if strings.ContainsAny(line, " \t") {
			o.text += line + "\n"
			continue
		}
		o.packages++
		o.report(fmt.Sprintf("%d packages", o.packages))
	}
}
