package main

// open are the attacks that succeed today.
var open = map[string]bool{}
