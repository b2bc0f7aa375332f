package shim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// element is a part of an XML answer that a rule changes without knowing the
// rest of it. Namespaces are dropped: the SDK does not look at them.
type element struct {
	name     string
	text     string
	children []*element
}

// parseXML reads a whole answer.
func parseXML(data []byte) (*element, error) {
	root := &element{}
	open := []*element{root}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("parse XML: %w", err)
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &element{name: t.Name.Local}
			top.children = append(top.children, child)
			open = append(open, child)
		case xml.CharData:
			top.text += string(t)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("parse XML: %d root elements", len(root.children))
	}
	return root.children[0], nil
}

// all returns every element of that name below e, in order.
func (e *element) all(name string) []*element {
	var found []*element
	for _, child := range e.children {
		if child.name == name {
			found = append(found, child)
		}
		found = append(found, child.all(name)...)
	}
	return found
}

// value returns the text of the direct child of that name, or "".
func (e *element) value(name string) string {
	for _, child := range e.children {
		if child.name == name {
			return strings.TrimSpace(child.text)
		}
	}
	return ""
}

// set makes text the content of the direct child of that name.
func (e *element) set(name, text string) {
	for _, child := range e.children {
		if child.name == name {
			child.text, child.children = text, nil
			return
		}
	}
	e.children = append(e.children, &element{name: name, text: text})
}

// encode writes e as XML.
func (e *element) encode() []byte {
	var b bytes.Buffer
	e.write(&b)
	return b.Bytes()
}

func (e *element) write(b *bytes.Buffer) {
	b.WriteString("<" + e.name + ">")
	if len(e.children) == 0 {
		// Writing to a buffer cannot fail.
		_ = xml.EscapeText(b, []byte(e.text))
	}
	for _, child := range e.children {
		child.write(b)
	}
	b.WriteString("</" + e.name + ">")
}
