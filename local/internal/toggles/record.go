package toggles

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Record is what the end-to-end test saw, by the name of the move.
type Record map[string]Outcome

// recordFile is where it keeps that, below the folder of the project.
const recordFile = "local/internal/toggles/testdata/seen.json"

// Name is the first setting of the switch with the direction, such as "useSpot=true back".
func (m Move) Name() string {
	first := m.Settings[0]
	name := first.Path + "=" + first.Value
	if first.Secret {
		name = first.Path
	}
	if m.Back {
		name += " back"
	}
	return name
}

// Load reads what was seen when the table was last made.
func Load(project string) (Record, error) {
	text, err := os.ReadFile(filepath.Join(project, recordFile))
	if err != nil {
		return nil, fmt.Errorf("read what was seen of the toggles: %w", err)
	}
	seen := Record{}
	if err := json.Unmarshal(text, &seen); err != nil {
		return nil, fmt.Errorf("read %s: %w", recordFile, err)
	}
	return seen, nil
}

// Save keeps what was seen, a line for each move, without moves that are no more.
func (r Record) Save(project string) error {
	var lines []string
	for _, phase := range Phases {
		for _, move := range phase {
			if outcome, seen := r[move.Name()]; seen {
				text, err := json.Marshal(outcome)
				if err != nil {
					return fmt.Errorf("write what was seen of %s: %w", move.Name(), err)
				}
				lines = append(lines, fmt.Sprintf("%q: %s", move.Name(), text))
			}
		}
	}
	slices.Sort(lines)
	path := filepath.Join(project, recordFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write what was seen of the toggles: %w", err)
	}
	if err := os.WriteFile(path, []byte("{\n"+strings.Join(lines, ",\n")+"\n}\n"), 0o644); err != nil {
		return fmt.Errorf("write what was seen of the toggles: %w", err)
	}
	return nil
}
