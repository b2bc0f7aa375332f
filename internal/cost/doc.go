// Package cost says what a configuration costs before it exists: an item for every kind of resource that AWS bills, with
// the calculation, from the prices in prices.yaml.
//
// It knows the configuration and the prices and nothing of the resources; a test of the whole program holds its items
// against what the program registers. A price that is not in the file is missing in the bill, never guessed.
package cost
