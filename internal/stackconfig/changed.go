package stackconfig

import (
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"
)

// Changed is an element of a list or an object that the engine passes on in another form than the user typed. YAML
// reads some texts without quotes as numbers or dates: +15551234567 becomes 15551234567, 0123 becomes 83, 1.10 becomes
// 1.1.
type Changed struct {
	Typed  string
	Became string
}

// findChanged adds the changed elements of a node.
func (c *Config) findChanged(path string, node *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			c.findChanged(path+"."+node.Content[i].Value, node.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, element := range node.Content {
			c.findChanged(fmt.Sprintf("%s[%d]", path, i), element)
		}
	case yaml.ScalarNode:
		var value any
		if node.Decode(&value) != nil || value == nil {
			return
		}
		masked, _ := mask(value)
		became, isText := masked.(string)
		if !isText {
			text, err := json.Marshal(masked)
			if err != nil {
				return // such as .inf, which the engine refuses
			}
			became = string(text)
		}
		if became != node.Value {
			c.Changed[path] = Changed{Typed: node.Value, Became: became}
		}
	}
}
