// Package cron reads the cron expressions of EventBridge Scheduler and works out what two of them make of a week.
//
// Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
package cron

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expression is cron(minutes hours day-of-month month day-of-week year).
type Expression struct {
	Minutes, Hours []int
	// Days are those of every week, Sunday is 0. There are none when the expression does not repeat every week.
	Days []int
}

// field is one of the six fields.
type field struct {
	name      string
	low, high int
	names     []string // of the numbers, from low on
	special   func(string) bool
}

var (
	minutes = field{name: "minutes", high: 59}
	hours   = field{name: "hours", high: 23}
	month   = field{name: "month", low: 1, high: 12, names: []string{
		"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	year       = field{name: "year", low: 1970, high: 2199}
	dayOfMonth = field{name: "day of month", low: 1, high: 31, special: func(s string) bool { // the last day; the weekday next to a day
		day, is := strings.CutSuffix(s, "W")
		number, err := strconv.Atoi(day)
		return s == "L" || s == "LW" || is && err == nil && number >= 1 && number <= 31
	}}
	dayOfWeek = field{name: "day of week", low: 1, high: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
)

func init() {
	dayOfWeek.special = func(s string) bool { // the last Friday; the second Monday
		day, nth, is := strings.Cut(s, "#")
		if !is {
			day, is = strings.CutSuffix(s, "L")
			nth = "1"
		}
		number, err := strconv.Atoi(nth)
		_, known := dayOfWeek.number(day)
		return is && err == nil && known && number >= 1 && number <= 5
	}
}

// Parse reads an expression as strictly as AWS does. The error says which field is wrong.
func Parse(text string) (*Expression, error) {
	inside, opened := strings.CutPrefix(text, "cron(")
	inside, closed := strings.CutSuffix(inside, ")")
	fields := strings.Split(inside, " ")
	if !opened || !closed || len(fields) != 6 {
		return nil, errors.New("it is not cron(minutes hours day-of-month month day-of-week year)")
	}
	e := &Expression{}
	weekly := true
	var err error
	if e.Minutes, _, err = minutes.read(fields[0]); err != nil {
		return nil, err
	}
	if e.Hours, _, err = hours.read(fields[1]); err != nil {
		return nil, err
	}
	for i, other := range map[int]field{3: month, 5: year} {
		_, all, err := other.read(fields[i])
		if err != nil {
			return nil, err
		}
		weekly = weekly && all
	}
	days, err := readDays(fields[2], fields[4])
	if weekly {
		e.Days = days
	}
	return e, err
}

// readDays reads the two fields for days, one of which has to be a question mark. Those of the month do not repeat every
// week, unless they are all days.
func readDays(ofMonth, ofWeek string) ([]int, error) {
	if (ofMonth == "?") == (ofWeek == "?") {
		return nil, errors.New("one of day of month and day of week has to be ?, and only one")
	}
	if ofWeek == "?" {
		_, all, err := dayOfMonth.read(ofMonth)
		if err != nil || !all {
			return nil, err
		}
		return []int{0, 1, 2, 3, 4, 5, 6}, nil
	}
	numbers, _, err := dayOfWeek.read(ofWeek)
	for i := range numbers {
		numbers[i]--
	}
	return numbers, err
}

// read lists what a field stands for and tells whether that is everything. A special value, such as the last day of the
// month, makes it an empty list.
func (f field) read(text string) (numbers []int, all bool, err error) {
	special := false
	for part := range strings.SplitSeq(text, ",") {
		if f.special != nil && f.special(part) {
			special = true
			continue
		}
		some, ok := f.part(part)
		if !ok {
			return nil, false, fmt.Errorf("%s is %q: %d to %d%s, lists, ranges, steps or *", f.name, text, f.low, f.high, f.sample())
		}
		numbers = append(numbers, some...)
	}
	if special {
		return nil, false, nil
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	return numbers, len(numbers) == f.high-f.low+1, nil
}

func (f field) sample() string {
	if f.names == nil {
		return ""
	}
	return ", names such as " + f.names[0]
}

// part reads *, 5, MON, MON-FRI, 8-18/2, */15 and 5/15.
func (f field) part(text string) ([]int, bool) {
	span, every, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(every); err != nil || step < 1 || step > f.high {
			return nil, false
		}
	}
	from, to, ranged := strings.Cut(span, "-")
	low, high := f.low, f.high
	if span != "*" {
		var known bool
		if low, known = f.number(from); !known {
			return nil, false
		}
		switch {
		case ranged:
			if high, known = f.number(to); !known || high < low {
				return nil, false
			}
		case !stepped:
			high = low
		}
	}
	var numbers []int
	for n := low; n <= high; n += step {
		numbers = append(numbers, n)
	}
	return numbers, true
}

// number reads a number of the field or its name.
func (f field) number(text string) (int, bool) {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high && strconv.Itoa(n) == text
}
