package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
)

// Output runs a pulumi command with input as its standard input and returns its standard output. The error of one that
// fails carries what it wrote, the reason last; errors.Is finds exec.ErrNotFound where there is no such command.
func Output(cmd *exec.Cmd, input []byte) ([]byte, error) {
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	if err := cmd.Run(); err != nil {
		words := append(reasons(out.Bytes()), said.Bytes()...)
		return nil, fmt.Errorf("pulumi %s: %w\n%s", cmd.Args[1], err, bytes.TrimSpace(words))
	}
	return out.Bytes(), nil
}

// reasons are the errors of a preview that answers with JSON, which would bury them; the whole of any other answer.
func reasons(out []byte) []byte {
	var preview struct {
		Diagnostics []struct{ Severity, Message string }
	}
	if json.Unmarshal(out, &preview) != nil {
		return out
	}
	var all []string
	for _, one := range preview.Diagnostics {
		if one.Severity == "error" {
			all = append(all, strings.TrimSpace(one.Message)+"\n")
		}
	}
	if len(all) == 0 {
		return out
	}
	return []byte(strings.Join(all, ""))
}
