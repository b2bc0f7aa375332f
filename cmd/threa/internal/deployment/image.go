package deployment

import "strings"

// noImage is the tag that the program gives a task definition as long as no image is deployed.
const noImage = "none-yet"

// Image is where an image is.
type Image struct {
	Repository string // of ECR, without the registry
	Tag        string // "" when it is named by digest
	Digest     string // "sha256:…"; "" when it is named by tag
}

// parseImage reads ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG or …@DIGEST.
func parseImage(reference string) Image {
	_, path, _ := strings.Cut(reference, "/")
	if repository, digest, ok := strings.Cut(path, "@"); ok {
		repository, tag, _ := strings.Cut(repository, ":")
		return Image{Repository: repository, Tag: tag, Digest: digest}
	}
	repository, tag, _ := strings.Cut(path, ":")
	return Image{Repository: repository, Tag: tag}
}

// Name is what config's imageTag says of it.
func (i Image) Name() string {
	if i.Tag != "" {
		return i.Tag
	}
	return i.Digest
}

// missing tells whether no image was deployed yet.
func (i Image) missing() bool { return i.Tag == noImage }
