package translate

// Reformed tells whether the value at a path of a resource has another form for the bridge.
func Reformed(token, path string) bool {
	for _, r := range rules[token] {
		if r.path == path && r.form != sameForm {
			return true
		}
	}
	return false
}
