// Package preconditions runs checks that ask AWS, before a deployment creates anything, about what would make it fail
// halfway. It reports all problems together.
//
// If AWS denies a question, a warning says what was not checked, and the deployment continues. Lookups on which data
// depends, such as that of the existing database, do not belong here: their errors stop the deployment.
package preconditions

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/smithy-go"
)

// Run runs all checks concurrently. A check returns its problems, joined. Errors of Skip and Tolerate become warnings.
// The error has all other problems.
func Run(checks ...func() error) (warnings []string, err error) {
	results := make([]error, len(checks))
	var group sync.WaitGroup
	for i, check := range checks {
		group.Go(func() { results[i] = check() })
	}
	group.Wait()
	var problems []error
	questions := map[string][]string{} // skipped questions by reason, so that each reason is printed once
	for _, problem := range flatten(results) {
		var skip skipped
		var warning tolerated
		switch {
		case errors.As(problem, &skip):
			reason := skip.reason.Error()
			questions[reason] = append(questions[reason], skip.question)
		case errors.As(problem, &warning):
			warnings = append(warnings, warning.Error())
		default:
			problems = append(problems, problem)
		}
	}
	reasons := slices.Sorted(maps.Keys(questions))
	for _, reason := range reasons {
		warnings = append(warnings, fmt.Sprintf("not checked: %s: %s", strings.Join(questions[reason], ", "), reason))
	}
	if slices.ContainsFunc(reasons, denied.MatchString) {
		warnings[len(warnings)-1] += grant
	}
	return warnings, report(problems)
}

// report returns one error with all problems, or nil.
func report(problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	text := "the deployment has a problem, nothing was changed:"
	if len(problems) > 1 {
		text = fmt.Sprintf("the deployment has %d problems, nothing was changed:", len(problems))
	}
	return fmt.Errorf("%s\n\n%w", text, &list{problems})
}

// list is the text of all problems, with empty lines between them.
type list struct{ problems []error }

func (l *list) Error() string {
	var texts []string
	for _, problem := range l.problems {
		texts = append(texts, "  "+problem.Error())
	}
	return strings.Join(texts, "\n\n")
}

func (l *list) Unwrap() []error { return l.problems }

// flatten returns the single errors in a list of joined ones, without nil.
func flatten(joined []error) []error {
	var single []error
	for _, err := range joined {
		if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only what is joined at the top
			single = append(single, flatten(several.Unwrap())...)
		} else if err != nil {
			single = append(single, err)
		}
	}
	return slices.Clip(single)
}

// skipped is a question without an answer.
type skipped struct {
	question string
	reason   error
}

func (s skipped) Error() string { return fmt.Sprintf("not checked: %s: %v", s.question, s.reason) }

func (s skipped) Unwrap() error { return s.reason }

// Skip returns an error that Run reports as a warning. The question follows "not checked:", such as "whether the image
// exists".
func Skip(question string, reason error) error { return skipped{question, reason} }

// tolerated is a problem that does not stop the deployment.
type tolerated struct {
	error
	lookup error // why it is not known whether the stack is deployed with the value, or nil
}

func (t tolerated) Error() string {
	reason := "because the stack is already deployed with it."
	if t.lookup != nil {
		reason = "because the stack may already be deployed with it: " + t.lookup.Error()
	}
	return t.error.Error() + "\n    This does not stop the deployment, " + reason
}

func (t tolerated) Unwrap() error { return t.error }

// Tolerate turns a problem with a value into a warning of Run, if the stack is already deployed with the value. The
// update does not change that value, and an error would also prevent the update that a destroy needs. deployed reports
// whether the stack is deployed with the value. Tolerate calls it only for a problem. If it fails, the problem is a
// warning, too.
func Tolerate(problem error, deployed func() (bool, error)) error {
	problems := flatten([]error{problem})
	for i, problem := range problems {
		if skip := (skipped{}); errors.As(problem, &skip) {
			continue
		}
		if is, err := deployed(); is || err != nil {
			problems[i] = tolerated{problem, err}
		}
	}
	return errors.Join(problems...)
}

// Unanswered returns the error for a question that AWS answered with an error. If a permission is missing, it returns
// Skip.
func Unanswered(question string, err error) error {
	if IsDenied(err) {
		return Skip(question, err)
	}
	return fmt.Errorf("find out %s: %w", question, err)
}

// grant is the advice for a missing permission.
const grant = "\n    A role of bootstrap/ gets the permission with:  cd bootstrap && pulumi up"

// ExplainDenied adds to an error for a missing permission how a role gets it.
func ExplainDenied(err error) error {
	if IsDenied(err) {
		return fmt.Errorf("%w"+grant, err)
	}
	return err
}

// IsDenied reports whether AWS returned err because a permission is missing.
func IsDenied(err error) bool { return err != nil && denied.MatchString(err.Error()) }

// IsInvalid reports whether AWS returned err because it does not know a value.
func IsInvalid(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && strings.HasPrefix(refused.ErrorCode(), "InvalidParameter")
}

// denied matches the errors of all AWS services for a missing permission. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var denied = regexp.MustCompile(`(?i)access ?denied|UnauthorizedOperation|AuthorizationError|not authorized to perform`)
