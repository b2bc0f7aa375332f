// Package states holds the state machines of AWS Step Functions as typed Go, in the part of the language that this project
// writes: JSONata throughout, no parallel states. It starts nothing and knows no AWS. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
package states
