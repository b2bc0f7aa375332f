package naming

import "strings"

// IsDigest reports whether a value of imageTag is a digest and not a tag.
func IsDigest(tag string) bool { return strings.HasPrefix(tag, "sha256:") }

// Platform returns the platform of an image for a value of cpuArchitecture, such as linux/amd64.
func Platform(architecture string) string { return "linux/" + GoArchitecture(architecture) }

// GoArchitecture returns what Go and container images call a value of cpuArchitecture: amd64 or arm64.
func GoArchitecture(architecture string) string {
	if architecture == "x86_64" {
		return "amd64"
	}
	return architecture
}
