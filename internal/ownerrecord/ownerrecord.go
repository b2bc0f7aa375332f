// Package ownerrecord is the content of the owner record: the SSM parameter /<name>/stack, which says which Pulumi
// stack owns the AWS names <name> and <name>-…. The program writes and checks it, and recovery checks it.
//
// A stack proves that it is the owner with a random id: its state has the same id as the record. The name of the stack
// proves nothing: two users with different state backends can both have a stack prod.
package ownerrecord

import (
	"encoding/json"
	"fmt"
)

// Logical names in the stack's state.
const (
	Component  = "claim"
	Resource   = Component + "-stack" // the SSM parameter
	IDResource = Component + "-id"    // a Stash that keeps the id
)

// Record says who owns the names of a stack.
type Record struct {
	// Stack is the Pulumi project and stack, "threa/prod".
	Stack string `json:"stack"`
	// ID is random. It is empty in a record of a version of the program that knew no ids.
	ID string `json:"id"`
	// Since is when the record was made, in the form of RFC 3339.
	Since string `json:"since"`
	// By is the ARN of the identity that made the record.
	By string `json:"by"`
}

// Parse reads the value of the parameter. Earlier versions of the program wrote only the project and the stack.
func Parse(value string) Record {
	var record Record
	if json.Unmarshal([]byte(value), &record) != nil {
		return Record{Stack: value}
	}
	return record
}

// String is the value of the parameter.
func (r Record) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a struct of strings always has a JSON form
	}
	return string(text)
}

// Describe names the owner, and says who created the record and when.
func (r Record) Describe() string {
	if r.ID == "" {
		return "stack " + r.Stack
	}
	return fmt.Sprintf("stack %s, created by %s at %s", r.Stack, r.By, r.Since)
}

// Adopting reports whether threa adopt wrote the record, and no up has completed it.
func (r Record) Adopting() bool { return r.ID == "" && r.By != "" }

// Refuse returns the error for a stack that is not the owner. The error names the owner and the two ways out. name is
// the prefix of the AWS names. place says where they are, and may be empty. unchanged is a sentence about what the
// caller has not changed.
func (r Record) Refuse(name, place, unchanged string) error {
	reason := "The state of this stack is not the owner's."
	way := "log in to the backend that has its state:  pulumi login <backend>"
	if r.Adopting() {
		reason, way = "Its import is not complete.", "complete the import:  go run ./cmd/threa adopt"
	}
	return fmt.Errorf("the AWS names %s and %s-…%s belong to %s.\n    %s %s\n    If it is your stack, %s\n"+
		"    Otherwise give this stack other names:  pulumi config set environment <name>",
		name, name, place, r.Describe(), reason, unchanged, way)
}
