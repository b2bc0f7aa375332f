package cron

import "slices"

// Week is the number of minutes of a week.
const Week = 7 * 24 * 60

// weekly are the minutes of a week at which an expression strikes, from Sunday 0:00 on.
func (e *Expression) weekly() []int {
	var all []int
	for _, day := range e.Days {
		for _, hour := range e.Hours {
			for _, minute := range e.Minutes {
				all = append(all, (day*24+hour)*60+minute)
			}
		}
	}
	return all
}

// Awake counts the minutes of a week between waking and sleeping, of the Week that there are. It is false when one of
// the two does not repeat every week.
func Awake(sleep, wake *Expression) (int, bool) {
	if len(sleep.Days) == 0 || len(wake.Days) == 0 {
		return 0, false
	}
	type turn struct {
		at    int
		awake bool
	}
	var turns []turn
	for _, at := range sleep.weekly() {
		turns = append(turns, turn{at, false})
	}
	for _, at := range wake.weekly() {
		turns = append(turns, turn{at, true})
	}
	slices.SortFunc(turns, func(a, b turn) int { return a.at - b.at })
	minutes := 0
	for i, one := range turns {
		if one.awake {
			minutes += (turns[(i+1)%len(turns)].at - one.at + Week) % Week
		}
	}
	return minutes, true
}

// Clash tells whether two expressions that repeat every week strike in the same minute.
func Clash(one, other *Expression) bool {
	others := other.weekly()
	return slices.ContainsFunc(one.weekly(), func(at int) bool { return slices.Contains(others, at) })
}
