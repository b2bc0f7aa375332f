package recovery

import (
	"bytes"
	"fmt"
	"os/exec"
)

// Output runs a pulumi command with input as its standard input and returns its standard output. The error of one that
// fails carries what it wrote, the reason last; errors.Is finds exec.ErrNotFound where there is no such command.
func Output(cmd *exec.Cmd, input []byte) ([]byte, error) {
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	if err := cmd.Run(); err != nil {
		words := bytes.TrimSpace(append(out.Bytes(), said.Bytes()...))
		return nil, fmt.Errorf("pulumi %s: %w\n%s", cmd.Args[1], err, words)
	}
	return out.Bytes(), nil
}
